import { inspectDelius, type Inspection } from "../../src/delius/schema/delius-inspection.ts";
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
): Promise<{ readonly inspection: Inspection; readonly warnings: readonly unknown[] }> {
  await using store = openStore({ url }, schema);
  const warnings: unknown[] = [];
  const ignore = () => undefined;
  const log: Log = { info: ignore, error: ignore, warn: (fields) => warnings.push(fields["rule"] ?? fields["column"]) };
  const inspection = await store.transaction(async (tx) => {
    for (const statement of statements) await tx.script(statement);
    return { commit: false, value: await inspectDelius(tx, { schema, username: user, log }) };
  }, neverAborted());
  return { inspection, warnings };
}
