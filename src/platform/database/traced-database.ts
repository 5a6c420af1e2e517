import type { Tracing } from "../process/tracing.ts";
import type { Database } from "./database.ts";

/** The system that spans of the database name. */
export const postgresql = { "db.system.name": "postgresql" } as const;

/** A database whose transactions note each statement, by name, as an event of the span under way. */
export function traceStatements(database: Database, tracing: Tracing): Database {
  if (!tracing.isOn) return database;
  return {
    ...database,
    transaction: (work, signal) => {
      const span = tracing.current();
      return database.transaction(
        (tx) =>
          work({
            ...tx,
            list: (statement, values) => {
              span.addEvent(statement.name);
              return tx.list(statement, values);
            },
          }),
        signal,
      );
    },
  };
}

/** A database whose transactions each are a span of this name, with each statement as an event. */
export function traceTransactions(database: Database, tracing: Tracing, name: string): Database {
  if (!tracing.isOn) return database;
  const traced = traceStatements(database, tracing);
  const start = { name, kind: "client", attributes: postgresql } as const;
  return {
    ...traced,
    transaction: (work, signal) => tracing.trace(start, () => traced.transaction(work, signal)),
  };
}
