import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readComparisonConfig, readConfig, readDatabaseConfig } from "../../src/app/config.ts";
import { environmentSchema, type Environment } from "../../src/app/environment.ts";
import {
  environments,
  fillSecrets,
  readChartVariables,
  readDeployed,
  readVariables,
  readYaml,
  secretTexts,
  workloadFiles,
} from "../support/manifests.ts";

/** What the image sets itself. */
const ofTheImage = { NODE_ENV: "production" };

const configurations = {
  "deployment.yaml": readConfig,
  "migration.yaml": readDatabaseConfig,
  "reconciliation.yaml": readComparisonConfig,
} as const;

/** The variables that no manifest sets, each with the reason why what holds without it is right. */
const leftAtDefault: { readonly [Name in keyof Environment]?: string } = {
  HOST: "a pod has one address, and the probes ask at it",
  DELIUS_USERNAME: "the original's user, which Delius's history shows",
  DELIUS_SCHEMA: "Delius on PostgreSQL keeps its tables in `public`",
  AWS_ENDPOINT_URL_SQS: "the queue is AWS's own",
  MPC_ALLOWED_ORIGINS: "events name the address that MPC_API_URL has",
  CLUSTER_LOCAL_HTTP_ORIGINS: "everything outside the pod but the collector is called by https:",
  AUTH_AUDIENCE: "no audience is agreed with HMPPS Auth, so none is checked",
  AUTH_ROLES: "the roles that the callers of the original have",
  LDAP_CACHE_SECONDS: "an address may be an hour old, which spares the directory",
  API_REQUESTS_PER_SECOND: "a guard against a client out of control, far above what a real one sends",
  CONSUMER_ENABLED: "a switch for an emergency: set it by hand, and take it back",
  CONSUMER_CONCURRENCY: "what docs/performance.md measures",
  RETRY_DELAYS_S: "fits the five receives of the queue's redrive policy",
  HANDOVER_NULL_DATES: "what the original does",
  RETENTION_DAYS: "the same in all environments",
  HISTORY_DAYS: "the same in all environments",
  LOG_LEVEL: "one line for each message is what support reads",
  OTEL_EXPORTER_OTLP_HEADERS: "a collector in the cluster asks for no key",
  OTEL_EXPORTER_OTLP_PROTOCOL: "there is one",
  OTEL_SERVICE_NAME: "the name of the service",
  OTEL_METRIC_EXPORT_INTERVAL: "a minute is OpenTelemetry's own",
};

describe("the variables of the manifests", () => {
  const known = new Set(Object.keys(environmentSchema.shape));
  for (const environment of environments) {
    it(`are all known, and none is missing or unsafe: ${environment}`, () => {
      for (const file of workloadFiles) {
        const variables = readVariables(file, environment);
        assert.deepEqual(
          Object.keys(variables).filter((name) => !known.has(name)),
          [],
        );
        assert.doesNotThrow(() => configurations[file]({ ...ofTheImage, ...fillSecrets(variables, secretTexts) }));
      }
    });

    it(`are the same by the chart: ${environment}`, () => {
      assert.deepEqual(readChartVariables(environment), readVariables("deployment.yaml", environment));
    });

    it(`are all that there are, but for those that the image sets or that are left out for a reason: ${environment}`, () => {
      const [, settings = ""] = /^ENV (.*)$/m.exec(readDeployed("image/Dockerfile")) ?? [];
      const ofImage = [...settings.matchAll(/([A-Z_]+)=/g)].map(([, name = ""]) => name);
      const told = [
        ...ofImage,
        ...Object.keys(readVariables("deployment.yaml", environment)),
        ...Object.keys(leftAtDefault),
      ];
      assert.deepEqual(told.toSorted(), [...known].toSorted());
    });

    it(`turn on the console and telemetry: ${environment}`, () => {
      const variables = fillSecrets(readVariables("deployment.yaml", environment), secretTexts);
      const { console, telemetry } = readConfig({ ...ofTheImage, ...variables });
      assert.ok(console !== null && telemetry !== null);
      assert.equal(telemetry.resource["deployment.environment.name"], environment);
    });
  }

  it("are found missing, or unfit, where they are", () => {
    const { MPC_API_URL: _, ...rest } = fillSecrets(readVariables("deployment.yaml", "prod"), secretTexts);
    assert.throws(() => readConfig(rest), /Set MPC_API_URL/);
    assert.throws(() => readConfig({ ...ofTheImage, ...rest, MPC_API_URL: "http://mpc" }), /MPC_API_URL must be https/);
  });

  it("come from secrets where they are secret, and never stand in a file", () => {
    const isSecret = /PASSWORD|SECRET|DATABASE_URL|BIND_DN|CLIENT_ID|QUEUE_URL/;
    for (const environment of environments) {
      const variables = Object.entries(readVariables("deployment.yaml", environment));
      assert.deepEqual(
        variables.filter(([name, source]) => isSecret.test(name) && "value" in source),
        [],
      );
    }
  });

  it("come from keys that the guide names", () => {
    const guide = readDeployed("../docs/deploying.md");
    for (const source of Object.values(readVariables("deployment.yaml", "prod"))) {
      if ("value" in source) continue;
      const [row] = guide.match(new RegExp(`^ *\\| \`${source.secret}\` .*$`, "m")) ?? [];
      assert.ok(row?.includes(`\`${source.key}\``), `${source.secret}: ${source.key}`);
    }
  });
});

describe("the network policy", () => {
  it("lets the service reach every port that the manifests name", () => {
    const rules = JSON.stringify(readYaml("kubernetes/base/network-policy.yaml"));
    for (const environment of environments) {
      const texts = Object.values(fillSecrets(readVariables("deployment.yaml", environment), secretTexts));
      const ports = texts.filter((text) => URL.canParse(text)).map(findPort);
      assert.deepEqual(
        ports.filter((port) => port !== "" && !rules.includes(`"port":${port}`)),
        [],
      );
    }
  });
});

const standardPorts: Readonly<Record<string, string>> = { "https:": "443", "ldap:": "389", "ldaps:": "636" };

/** Empty for what is no address of a server, as the name of a branch of the directory. */
function findPort(address: string): string {
  const { port, protocol } = new URL(address);
  return port === "" ? (standardPorts[protocol] ?? "") : port;
}
