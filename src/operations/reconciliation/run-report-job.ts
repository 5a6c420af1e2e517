import { traceTransactions, type Database } from "../../platform/database/database.ts";
import type { Log } from "../../platform/process/log.ts";
import type { SpanStart, Tracing } from "../../platform/process/tracing.ts";
import { describeDifference, describeRun, listProperties, type CustomEvent, type RunFigures } from "./drift-event.ts";
import { walkDifferences } from "./reconciliation-job.ts";

/** The span of a run, which begins a trace. */
export const runSpan: SpanStart = { name: "RECONCILE", kind: "internal", parent: null };

/** The database that a run keeps its findings in, with a span for each transaction. */
export function traceFindings(database: Database, tracing: Tracing): Database {
  return traceTransactions(database, tracing, "keep findings");
}

/** Where a run is told of. */
interface Told {
  readonly database: Database;
  readonly log: Log;
  readonly tracing: Tracing;
}

/** Tells each difference of a run, and what it came to, as custom events (docs/telemetry.md). */
export async function reportDrift({ database, log, tracing }: Told, figures: RunFigures): Promise<void> {
  const tell = (told: CustomEvent, message: string) => {
    log.info(told, message);
    tracing.report(told.event, listProperties(told));
  };
  for await (const difference of walkDifferences(database, figures.runId)) {
    tell(describeDifference(figures.runId, difference), "a case differs");
  }
  tell(describeRun(figures), "reconciliation finished");
}
