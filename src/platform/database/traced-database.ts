import type { Tracing } from "../process/tracing.ts";
import type { Database } from "./database.ts";

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
