import { setMaxListeners } from "node:events";
import type { Database } from "../platform/database/database.ts";
import { ConfigError } from "../app/config.ts";
import type { NamedCase } from "../operations/reconciliation/named-case.ts";
import { isKnownPrison, listNamedCases } from "../operations/reconciliation/named-case-store.ts";
import { drawProgress, type ProgressBar } from "./terminal/progress-bar.ts";
import type { Selection } from "../operations/reconciliation/selection.ts";
import { getLastCase } from "../operations/reconciliation/selection-store.ts";

/** What to do with a word that is no option. */
export const namingHint = "name cases by --noms, --crn or --prison";

/** What Delius has under each number that was named. Raises {@link ConfigError} for a prison that Delius does not know. */
export async function findNamed(database: Database, selection: Selection): Promise<readonly NamedCase[]> {
  if ("prison" in selection && !(await isKnownPrison(database, selection.prison))) {
    throw new ConfigError([`--prison ${selection.prison} is not found: no provider in Delius stands for this prison.`]);
  }
  return listNamedCases(database, selection);
}

/** Says which prison it is that none of the cases chosen are of; nothing where there are some, or no prison was named. */
export function describeEmptyPrison(selection: Selection | null, cases: number): string {
  const isEmpty = selection !== null && "prison" in selection && cases === 0;
  return isEmpty ? `${selection.prison}: no case has an open POM at this prison\n` : "";
}

/** Shows on a terminal how far a walk through the cases is; elsewhere nothing. Dispose ends its line. */
export async function showProgress(database: Database): Promise<ProgressBar & Disposable> {
  const bar = drawProgress(process.stderr, await getLastCase(database));
  return { ...bar, [Symbol.dispose]: () => bar.end() };
}

/** Aborts when the process is asked to stop. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  // Every case that is read listens.
  setMaxListeners(0, stopping.signal);
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
}
