import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseStart, keepRules } from "../../sandbox/start-choice.ts";
import { describeVariables } from "../../src/app/environment.ts";

const database = { DATABASE_URL: "postgres://delius@db.example/delius" };
const queue = { SQS_QUEUE_URL: "https://sqs.eu-west-2.amazonaws.com/1/queue" };
const mpc = { MPC_API_URL: "https://mpc.example" };
const everything = Object.fromEntries(
  describeVariables().flatMap(({ name, unset }) => (unset === "required" ? [[name, "set"]] : [])),
);

const sandbox = { kind: "sandbox", databaseUrl: null };
const choices: Readonly<Record<string, readonly [environment: Readonly<Record<string, string>>, choice: unknown]>> = {
  "nothing starts the sandbox": [{}, sandbox],
  "blank values are nothing": [{ SQS_QUEUE_URL: " ", DATABASE_URL: "" }, sandbox],
  "rules alone start the sandbox": [{ LOG_LEVEL: "debug", PORT: "8081", HANDOVER_NULL_DATES: "keep" }, sandbox],
  "what every AWS user has starts the sandbox": [{ AWS_PROFILE: "me", AWS_REGION: "eu-west-1" }, sandbox],
  "a database alone starts the sandbox on it": [database, { kind: "sandbox", databaseUrl: database.DATABASE_URL }],
  "all that is required starts the service alone": [everything, { kind: "service" }],
  "production starts the service alone, whatever is missing": [{ NODE_ENV: "production" }, { kind: "service" }],
  "production with a database too": [{ NODE_ENV: "production", ...database }, { kind: "service" }],
};

describe("with", () => {
  for (const [name, [environment, choice]] of Object.entries(choices)) {
    it(name, () => assert.deepEqual(chooseStart(environment), choice));
  }
});

const mixes: Record<string, Readonly<Record<string, string>>> = {
  "a real queue alone": queue,
  "a real queue and database": { ...queue, ...database },
  "a real Manage POM Cases alone": mpc,
  "a real Manage POM Cases and database": { ...mpc, ...database },
  "real queue and Manage POM Cases": { ...queue, ...mpc },
  "an endpoint of a queue": { AWS_ENDPOINT_URL_SQS: "http://localhost:4566" },
  "a dead-letter queue": { SQS_DLQ_URL: "https://sqs.eu-west-2.amazonaws.com/1/dlq" },
  "further origins": { MPC_ALLOWED_ORIGINS: "https://other.example" },
};
for (const name of Object.keys(everything)) {
  const { [name]: _left, ...others } = everything;
  if (name !== "DATABASE_URL") mixes[`${name} alone`] = { [name]: "set" };
  mixes[`everything but ${name}`] = others;
}

describe("a mix is refused:", () => {
  for (const [name, environment] of Object.entries(mixes)) {
    it(name, () => {
      const choice = chooseStart(environment);
      assert.equal(choice.kind, "refused");
      const explanation = "explanation" in choice ? choice.explanation : "";
      assert.ok(explanation.includes(`These are set: ${explainOrder(environment)}.`), explanation);
      const missing = [...explanation.matchAll(/^ {2}- (\w+): /gm)].map(([, variable]) => variable);
      assert.deepEqual(
        missing,
        Object.keys(everything).filter((variable) => !(variable in environment)),
      );
    });
  }

  it("a consumer that is off", () => {
    const choice = chooseStart({ CONSUMER_ENABLED: "false" });
    assert.match(JSON.stringify(choice), /refused.*CONSUMER_ENABLED/);
  });
});

/** The required ones first, as the documentation has them. */
function explainOrder(environment: Readonly<Record<string, string>>): string {
  const required = Object.keys(everything).filter((name) => name in environment);
  return [...required, ...Object.keys(environment).filter((name) => !(name in everything))].join(", ");
}

describe("the rules of an environment", () => {
  it("are kept, and what names real parts is not", () => {
    const rules = {
      PORT: "1",
      LOG_LEVEL: "warn",
      RETRY_DELAYS_S: "0",
      LDAP_CACHE_SECONDS: "5",
      DATABASE_POOL_SIZE: "3",
    };
    const others = { DELIUS_SCHEMA: "delius", AUTH_AUDIENCE: "us", AWS_PROFILE: "me", ...everything };
    assert.deepEqual(keepRules({ ...rules, ...others }), rules);
  });
});
