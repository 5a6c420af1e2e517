import assert from "node:assert/strict";
import { it } from "node:test";
import { watchDatabase } from "../support/database-traffic.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { startConsole } from "./console-fixture.ts";

/** What the service's jobs ask from time to time, no matter what page is open. */
const isOfJob = (statement: string) => /^(claim|remove|expire)-/.test(statement);

it("the page of a case reads it in one statement, or in two where Delius has no such case", async () => {
  await using database = await createTestDatabase();
  await using traffic = await watchDatabase(database.url);
  await using stage = await startConsole({
    database,
    environment: { DATABASE_URL: traffic.url, CONSUMER_ENABLED: "false" },
  });
  const page = await stage.signIn("viewer", "/console/cases/X100002");
  for (const [reference, statements] of [
    ["X100002", ["get-intake-state", "get-running-work", "list-stored-explanations"]],
    ["Z9998ZZ", ["explain-other-case", "get-intake-state", "get-running-work", "list-stored-explanations"]],
  ] as const) {
    traffic.take();
    await page.request.get(`/console/cases/${reference}`);
    const asked = traffic.take().flat();
    assert.deepEqual(asked.filter((statement) => !isOfJob(statement)).toSorted(), statements);
  }
});
