import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findConsoleFaults, sandboxSessionSecret } from "./console-config.ts";

const whole = {
  CONSOLE_URL: "https://console.example",
  CONSOLE_CLIENT_ID: "a-console",
  CONSOLE_CLIENT_SECRET: "a-secret",
  AUTH_AUTHORIZE_URL: "https://sign-in.example/auth/oauth/authorize",
  SESSION_SECRET: "a secret of at least thirty-two characters",
};
const overHttp = { CONSOLE_URL: "http://console.example", AUTH_AUTHORIZE_URL: "http://sign-in.example/authorize" };
const { SESSION_SECRET: _, CONSOLE_CLIENT_ID: __, ...half } = whole;
const production = { NODE_ENV: "production" } as const;

interface Row {
  readonly name: string;
  readonly variables: Parameters<typeof findConsoleFaults>[0];
  readonly faults: readonly string[];
}

const rows: readonly Row[] = [
  { name: "is whole without any of its variables", variables: {}, faults: [] },
  { name: "is whole with all of them", variables: whole, faults: [] },
  { name: "is whole in production without any", variables: production, faults: [] },
  { name: "is whole in production over https", variables: { ...whole, ...production }, faults: [] },
  {
    name: "is not half set",
    variables: half,
    faults: [
      "Set CONSOLE_CLIENT_ID and SESSION_SECRET too, or unset all of CONSOLE_URL, CONSOLE_CLIENT_ID, CONSOLE_CLIENT_SECRET, AUTH_AUTHORIZE_URL, SESSION_SECRET.",
    ],
  },
  { name: "may go over http in the sandbox", variables: { ...whole, ...overHttp }, faults: [] },
  {
    name: "goes over https alone in production",
    variables: { ...whole, ...overHttp, ...production },
    faults: ["CONSOLE_URL must be https: in production.", "AUTH_AUTHORIZE_URL must be https: in production."],
  },
  {
    name: "takes no secret of the sandbox in production",
    variables: { ...whole, SESSION_SECRET: sandboxSessionSecret, ...production },
    faults: ["SESSION_SECRET is the sandbox's: set the real one."],
  },
];

describe("the console's configuration", () => {
  for (const { name, variables, faults } of rows) {
    test(name, () => assert.deepEqual(findConsoleFaults(variables), faults));
  }
});
