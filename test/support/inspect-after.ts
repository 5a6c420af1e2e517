import assert from "node:assert/strict";
import { inspectDelius, type Inspection } from "../../src/delius/schema/delius-inspection.ts";
import { listMissingCodes } from "../../src/sync/fact/reference-store.ts";
import type { Log } from "../../src/platform/process/log.ts";
import { neverAborted, openStore } from "./test-database.ts";

/** The Delius user of the sandbox that the service writes as. */
export const serviceUser = "ManagePomCasesAndDelius";

/** Whom the inspection is made for. */
export interface Circumstances {
  readonly url: string;
  readonly schema?: string;
  readonly user?: string;
}

/** What the start's inspection says after these statements, which are taken back, and what it warns of. */
export async function inspectAfter(
  statements: readonly string[],
  { url, schema = "public", user = serviceUser }: Circumstances,
): Promise<{ readonly inspection: Inspection; readonly warnings: unknown }> {
  await using store = openStore({ url }, schema);
  const lists: unknown[] = [];
  const ignore = () => undefined;
  const log: Log = { info: ignore, error: ignore, warn: ({ findings }) => lists.push(findings) };
  const inspection = await store.transaction(async (tx) => {
    for (const statement of statements) await tx.script(statement);
    return { commit: false, value: await inspectDelius(tx, { schema, username: user, log, listMissingCodes }) };
  }, neverAborted());
  // One list, or none.
  const [warnings = [], ...others] = lists;
  assert.deepEqual(others, []);
  return { inspection, warnings };
}
