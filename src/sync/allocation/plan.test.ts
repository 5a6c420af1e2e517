import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pomSchema } from "./plan.ts";

describe("a POM row that is read from Delius", () => {
  const row = {
    pomId: 20,
    rowVersion: 0,
    start: "2026-01-08T09:30:00",
    end: null,
    createdAt: "2026-01-05T09:00:00",
    reason: { code: "AUT", description: "Automatic" },
    officer: { staffId: 7, code: "N03A001", forename: "Ruth", surname: "Adeyemi" },
    team: { teamId: 1, code: "N03POM", description: "Leeds Prison Offender Managers" },
    provider: { providerId: 1, code: "N03", description: "Leeds Prison" },
  };
  for (const { email, means } of [
    { email: "ruth@example.com", means: "ruth@example.com" },
    { email: "", means: null },
    { email: null, means: null },
  ]) {
    test(`has ${means === null ? "no e-mail" : "the e-mail"} where Delius holds ${JSON.stringify(email)}`, () => {
      assert.equal(pomSchema.parse({ ...row, email }).email, means);
    });
  }
});
