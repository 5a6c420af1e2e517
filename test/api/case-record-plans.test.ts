import assert from "node:assert/strict";
import { it } from "node:test";
import { z } from "zod";
import type { Statement } from "../../src/platform/database/database.ts";
import { openDatabase } from "../../src/platform/database/pool.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { createTestDatabase } from "../support/test-database.ts";

const settings: Statement<{ readonly name: string; readonly setting: string }> = {
  name: "test-settings",
  text: `select name, setting from pg_settings where name in ('plan_cache_mode', 'statement_timeout') order by name`,
  row: z.object({ name: z.string(), setting: z.string() }),
};

it("a look-up that someone waits for is planned once for all values, and ends when no one waits any more", async () => {
  await using database = await createTestDatabase();
  const patience = { connect: 800, answer: 1_000 };
  await using reads = openDatabase({ url: secret(database.url), poolSize: 1, schema: "public", patience });
  assert.deepEqual(await reads.list(settings, []), [
    { name: "plan_cache_mode", setting: "force_generic_plan" },
    { name: "statement_timeout", setting: "1000" },
  ]);
});
