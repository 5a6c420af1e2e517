import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import {
  ConfigError,
  readComparisonConfig,
  readConfig,
  readDatabaseConfig,
  sandboxSecret,
  type Config,
} from "./config.ts";
import { describeVariables } from "./environment.ts";

const required = {
  DATABASE_URL: "postgres://service:database-secret@db.example:5432/delius",
  SQS_QUEUE_URL: "https://sqs.eu-west-2.amazonaws.com/000000000000/queue",
  MPC_API_URL: "https://mpc.example/",
  AUTH_ISSUER: "https://auth.example/issuer",
  AUTH_JWKS_URL: "https://auth.example/.well-known/jwks.json",
  AUTH_TOKEN_URL: "https://auth.example/oauth/token",
  AUTH_CLIENT_ID: "our-client",
  AUTH_CLIENT_SECRET: "client-secret",
  LDAP_URL: "ldaps://ldap.example:636",
  LDAP_BIND_DN: "cn=service,dc=moj,dc=com",
  LDAP_PASSWORD: "directory-secret",
};
const secrets = ["database-secret", "client-secret", "directory-secret"];

const names = {
  LDAP_USER_BASE: "ou=Users,dc=moj,dc=com",
  LDAP_BIND_DN: "cn=reader,dc=moj,dc=com",
  AWS_REGION: "eu-west-2",
  AUTH_AUDIENCE: "oauth2-resource",
  DELIUS_USERNAME: "ManagePomCasesAndDelius",
  BUILD_VERSION: "2026-04-02.1",
};

/** A configuration with its secrets, to compare. */
function reveal(config: Config): string {
  const { database, auth, directory } = config;
  const revealed = [database.url, auth.clientSecret, directory.password].map((one) => one.reveal());
  return JSON.stringify({ ...config, revealed });
}

type Variables = Readonly<Record<string, string | undefined>>;

function faultsOf(environment: Variables): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    return error.faults;
  }
}

describe("the configuration", () => {
  test("has a default for everything that need not be set", () => {
    const { database, auth, directory, api, queue, mpc, consumer, rules, port, logLevel } = readConfig(required);
    assert.deepEqual([port, logLevel], [8080, "info"]);
    assert.deepEqual(api.tokens, {
      issuer: required.AUTH_ISSUER,
      jwksUrl: required.AUTH_JWKS_URL,
      audience: undefined,
    });
    assert.deepEqual(api.roles, ["ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL", "ROLE_MANAGE_POM_CASES"]);
    assert.deepEqual([queue.url, queue.region, queue.endpoint], [required.SQS_QUEUE_URL, "eu-west-2", undefined]);
    assert.deepEqual(mpc.origins, ["https://mpc.example"]);
    assert.deepEqual(consumer, { enabled: true, concurrency: 96 });
    assert.deepEqual([rules.nullDates, rules.retryDelays], ["delete", [1, 10, 60, 600]]);
    const { url, ...databaseRest } = database;
    assert.equal(url.reveal(), required.DATABASE_URL);
    assert.deepEqual(databaseRest, { poolSize: 4, schema: "public", username: "ManagePomCasesAndDelius" });
    assert.deepEqual([auth.clientSecret.reveal(), directory.password.reveal()], ["client-secret", "directory-secret"]);
    assert.deepEqual([directory.userBase, directory.cacheSeconds], ["ou=Users,dc=moj,dc=com", 3600]);
  });

  test("takes what is set, white space apart", () => {
    const config = readConfig({
      ...required,
      MPC_ALLOWED_ORIGINS: " https://other.example , http://mpc.prod.svc.cluster.local:8080,",
      RETRY_DELAYS_S: "0, 5,10",
      HANDOVER_NULL_DATES: "keep",
      CONSUMER_ENABLED: "false",
      CONSUMER_CONCURRENCY: "1",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:4566",
    });
    const origins = ["https://mpc.example", "https://other.example", "http://mpc.prod.svc.cluster.local:8080"];
    assert.deepEqual(config.mpc.origins, origins);
    assert.deepEqual(config.rules, { nullDates: "keep", retryDelays: [0, 5, 10] });
    assert.deepEqual(config.consumer, { enabled: false, concurrency: 1 });
    assert.equal(config.queue.endpoint, "http://127.0.0.1:4566");
  });

  test("takes a variable that is blank as one that is not set", () => {
    assert.equal(readConfig({ ...required, LOG_LEVEL: " ", AWS_REGION: "" }).logLevel, "info");
    assert.deepEqual(faultsOf({ ...required, DATABASE_URL: "  " }), [
      "Set DATABASE_URL: Address of the Delius database on PostgreSQL 15 or newer, with user and password.",
    ]);
  });

  test("takes no variable with a line end behind it, as `echo secret | base64` leaves it", () => {
    for (const lineEnd of ["\n", "\r\n", "\n\n"]) {
      const ended = Object.entries({ ...required, ...names }).map(([name, value]) => [name, value + lineEnd] as const);
      assert.equal(reveal(readConfig(Object.fromEntries(ended))), reveal(readConfig({ ...required, ...names })));
    }
  });

  test("refuses a control character inside any text by the variable's name", () => {
    for (const name of ["AUTH_CLIENT_ID", "AUTH_CLIENT_SECRET", "LDAP_PASSWORD", ...Object.keys(names)]) {
      const faults = faultsOf({ ...required, [name]: "one\ntwo" });
      assert.deepEqual(faults, [`${name} must not hold line ends or other control characters.`]);
    }
  });

  test("leaves the console off where none of its variables is set, and refuses a part of them", () => {
    const console = {
      CONSOLE_URL: "https://console.example",
      CONSOLE_CLIENT_ID: "a-console",
      CONSOLE_CLIENT_SECRET: "a-secret",
      AUTH_AUTHORIZE_URL: "https://sign-in.example/auth/oauth/authorize",
      SESSION_SECRET: "a secret of at least thirty-two characters",
    };
    assert.equal(readConfig(required).console, null);
    assert.equal(readConfig({ ...required, ...console }).console?.signOutUrl, "https://sign-in.example/auth/sign-out");
    for (const name of Object.keys(console)) {
      const [fault = "", ...others] = faultsOf({ ...required, ...console, [name]: undefined });
      assert.deepEqual([fault.startsWith(`Set ${name} too, or unset all of CONSOLE_URL`), others], [true, []]);
    }
    assert.deepEqual(
      faultsOf({ ...required, ...console, CONSOLE_CLIENT_SECRET: sandboxSecret, NODE_ENV: "production" }),
      ["CONSOLE_CLIENT_SECRET is the sandbox's: set the real one."],
    );
  });

  test("never shows a secret", () => {
    const config = readConfig(required);
    const shown = inspect(config, { depth: 9 }) + JSON.stringify(config);
    assert.ok(shown.includes("[secret]"));
    assert.deepEqual(
      secrets.filter((one) => shown.includes(one)),
      [],
    );
  });
});

describe("the configuration of a command", () => {
  const { DATABASE_URL, SQS_QUEUE_URL, MPC_API_URL, AUTH_TOKEN_URL, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET } = required;
  const compared = { DATABASE_URL, SQS_QUEUE_URL, MPC_API_URL, AUTH_TOKEN_URL, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET };

  test("asks for what the command needs, and looks at nothing else", () => {
    const others = { PORT: "none", LDAP_URL: "nowhere" };
    assert.equal(readDatabaseConfig({ DATABASE_URL, ...others }).poolSize, 4);
    const { database, queue, mpc, auth, rules, logLevel, telemetry } = readConfig(required);
    const whole = inspect({ database, queue, mpc, auth, rules, logLevel, telemetry });
    assert.equal(inspect(readComparisonConfig({ ...compared, ...others })), whole);
  });

  test("knows the collector", () => {
    const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318", BUILD_VERSION: "7" };
    assert.equal(readComparisonConfig(compared).telemetry, null);
    const { telemetry } = readComparisonConfig({ ...compared, ...collector });
    assert.deepEqual([telemetry?.endpoint, telemetry?.resource["service.version"]], ["http://collector:4318", "7"]);
  });

  test("lists what is missing", () => {
    assert.throws(() => readDatabaseConfig({ DATABASE_URL: " " }), /Set DATABASE_URL: /);
    assert.throws(() => readComparisonConfig({ DATABASE_URL }), /(?:Set \w+: [^]*){5}/);
  });
});

describe("a fault of the configuration", () => {
  const rows: readonly [name: string, value: string, fault: string][] = [
    ["PORT", "65536", "PORT must be a whole number from 0 to 65535."],
    ["DATABASE_URL", "mysql://db.example/delius", "DATABASE_URL must be a postgres:// address."],
    [
      "DATABASE_URL",
      "postgres://db.example/delius?sslmode=allow",
      "DATABASE_URL has an sslmode other than disable, require, verify-ca, verify-full.",
    ],
    ["DATABASE_POOL_SIZE", "0", "DATABASE_POOL_SIZE must be a whole number from 1 to 100."],
    ["DELIUS_SCHEMA", "public; drop", "DELIUS_SCHEMA must be a plain identifier."],
    ["SQS_QUEUE_URL", "queue", "SQS_QUEUE_URL must be an http: or https: address."],
    ["MPC_API_URL", "ftp://mpc.example", "MPC_API_URL must be an http: or https: address."],
    ["LDAP_URL", "https://ldap.example", "LDAP_URL must be an ldap: or ldaps: address."],
    ["AUTH_ROLES", ",", "AUTH_ROLES must name at least one role."],
    ["CONSUMER_ENABLED", "yes", "CONSUMER_ENABLED must be true or false."],
    ["CONSUMER_CONCURRENCY", "1.5", "CONSUMER_CONCURRENCY must be a whole number from 1 to 256."],
    ["RETRY_DELAYS_S", "1;2", "RETRY_DELAYS_S must be whole seconds, separated by commas."],
    ["RETRY_DELAYS_S", "43201", "RETRY_DELAYS_S must be at most 43200 seconds each, the queue's limit."],
    ["HANDOVER_NULL_DATES", "ignore", "HANDOVER_NULL_DATES must be delete or keep."],
    ["LOG_LEVEL", "loud", "LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent."],
    [
      "MPC_ALLOWED_ORIGINS",
      "https://ok.example,nonsense",
      "MPC_ALLOWED_ORIGINS: entry 2 is not an origin like https://host.",
    ],
    [
      "MPC_ALLOWED_ORIGINS",
      "https://other.example/",
      "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host.",
    ],
    [
      "MPC_ALLOWED_ORIGINS",
      "https://OTHER.example",
      "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host.",
    ],
    [
      "MPC_ALLOWED_ORIGINS",
      "https://me:secret@other.example",
      "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host.",
    ],
    ["MPC_ALLOWED_ORIGINS", "ftp://other.example", "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host."],
    ["MPC_ALLOWED_ORIGINS", "file:///etc", "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host."],
    [
      "CLUSTER_LOCAL_HTTP_ORIGINS",
      "http://mpc.prod.svc.cluster.local,http://mpc.example",
      "CLUSTER_LOCAL_HTTP_ORIGINS: entry 2 is not an origin like http://host.namespace.svc.cluster.local.",
    ],
    [
      "CLUSTER_LOCAL_HTTP_ORIGINS",
      "https://mpc.prod.svc.cluster.local",
      "CLUSTER_LOCAL_HTTP_ORIGINS: entry 1 is not an origin like http://host.namespace.svc.cluster.local.",
    ],
    [
      "CLUSTER_LOCAL_HTTP_ORIGINS",
      "http://mpc.svc.cluster.local.evil.example",
      "CLUSTER_LOCAL_HTTP_ORIGINS: entry 1 is not an origin like http://host.namespace.svc.cluster.local.",
    ],
    ["AUTH_CLIENT_ID", "our:client", "AUTH_CLIENT_ID must not hold a colon, a percent sign or a plus sign."],
    ["MPC_ALLOWED_ORIGINS", "null", "MPC_ALLOWED_ORIGINS: entry 1 is not an origin like https://host."],
  ];
  for (const [name, value, fault] of rows) {
    test(`says what to set in the place of ${name}=${value}`, () => {
      assert.deepEqual(faultsOf({ ...required, [name]: value }), [fault]);
      assert.deepEqual(faultsOf({ ...required, [name]: value, NODE_ENV: "production" }), [fault]);
    });
  }

  test("is reported together with all others, missing, malformed and unsafe", () => {
    const { LDAP_URL: _, AUTH_CLIENT_ID: __, ...rest } = required;
    const faults = faultsOf({
      ...rest,
      DATABASE_URL: "mysql://me:database-secret@db.example",
      CONSUMER_ENABLED: "maybe",
      MPC_API_URL: "http://mpc.example",
      MPC_ALLOWED_ORIGINS: "nonsense",
      LDAP_PASSWORD: sandboxSecret,
      NODE_ENV: "production",
    });
    assert.deepEqual(
      faults.map((fault) => /[A-Z][A-Z_]{3,}/.exec(fault)?.[0]),
      [
        "DATABASE_URL",
        "AUTH_CLIENT_ID",
        "LDAP_URL",
        "CONSUMER_ENABLED",
        "MPC_ALLOWED_ORIGINS",
        "MPC_API_URL",
        "LDAP_PASSWORD",
      ],
    );
    assert.deepEqual(
      secrets.filter((one) => faults.join().includes(one)),
      [],
    );
  });

  test("names every variable that must be set, when none is", () => {
    const needed = describeVariables().filter(({ unset }) => unset === "required");
    assert.deepEqual(
      faultsOf({}),
      needed.map(({ name, meaning }) => `Set ${name}: ${meaning}.`),
    );
    assert.deepEqual(
      needed.map(({ name }) => name),
      Object.keys(required),
    );
  });
});

describe("production", () => {
  const refused = (variables: Variables) => faultsOf({ ...required, ...variables, NODE_ENV: "production" });
  const fault = (name: string) =>
    `${name} must be https: in production, or an http: origin that CLUSTER_LOCAL_HTTP_ORIGINS lists.`;

  test("accepts https: addresses and secrets of its own", () => {
    assert.deepEqual(refused({ MPC_ALLOWED_ORIGINS: "https://other.example" }), []);
  });

  const rows: readonly { name: string; variables: Variables; faults: readonly string[] }[] = [
    {
      name: "refuses http: to Manage POM Cases",
      variables: { MPC_API_URL: "http://mpc.example" },
      faults: [fault("MPC_API_URL")],
    },
    {
      name: "refuses http: to HMPPS Auth's tokens",
      variables: { AUTH_TOKEN_URL: "http://auth.example/token" },
      faults: [fault("AUTH_TOKEN_URL")],
    },
    {
      name: "refuses http: to HMPPS Auth's keys",
      variables: { AUTH_JWKS_URL: "http://auth.example/keys" },
      faults: [fault("AUTH_JWKS_URL")],
    },
    {
      name: "refuses an http: origin in the list",
      variables: { MPC_ALLOWED_ORIGINS: "https://a.example,http://b.example" },
      faults: [fault("MPC_ALLOWED_ORIGINS")],
    },
    {
      name: "refuses a cluster-local http: address that is not listed",
      variables: { MPC_API_URL: "http://mpc.prod.svc.cluster.local" },
      faults: [fault("MPC_API_URL")],
    },
    {
      name: "refuses a cluster-local http: address that only may be called with our token",
      variables: {
        MPC_API_URL: "http://mpc.prod.svc.cluster.local",
        MPC_ALLOWED_ORIGINS: "http://mpc.prod.svc.cluster.local",
      },
      faults: [fault("MPC_API_URL"), fault("MPC_ALLOWED_ORIGINS")],
    },
    {
      name: "accepts cluster-local http: origins that are listed",
      variables: {
        MPC_API_URL: "http://mpc.prod.svc.cluster.local/",
        MPC_ALLOWED_ORIGINS: "http://mpc-2.prod.svc.cluster.local",
        AUTH_JWKS_URL: "http://auth.prod.svc.cluster.local/keys",
        CLUSTER_LOCAL_HTTP_ORIGINS:
          "http://mpc.prod.svc.cluster.local,http://mpc-2.prod.svc.cluster.local,http://auth.prod.svc.cluster.local",
      },
      faults: [],
    },
    {
      name: "refuses the sandbox's client secret",
      variables: { AUTH_CLIENT_SECRET: sandboxSecret },
      faults: ["AUTH_CLIENT_SECRET is the sandbox's: set the real one."],
    },
    {
      name: "refuses the sandbox's directory password",
      variables: { LDAP_PASSWORD: sandboxSecret },
      faults: ["LDAP_PASSWORD is the sandbox's: set the real one."],
    },
  ];
  test("gives no token to an origin because it may be called by http:", () => {
    const { mpc } = readConfig({
      ...required,
      AUTH_JWKS_URL: "http://auth.prod.svc.cluster.local/keys",
      CLUSTER_LOCAL_HTTP_ORIGINS: "http://auth.prod.svc.cluster.local",
      NODE_ENV: "production",
    });
    assert.deepEqual(mpc.origins, ["https://mpc.example"]);
  });

  for (const { name, variables, faults } of rows) {
    test(name, () => {
      assert.deepEqual(refused(variables), faults);
      assert.deepEqual(faultsOf({ ...required, ...variables }), []);
    });
  }
});
