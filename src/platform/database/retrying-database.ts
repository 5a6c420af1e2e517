import type { Database } from "./database.ts";
import { repeatPassing, repeatWhileAway, type Repeating } from "../process/retry-transient.ts";

/**
 * A database whose statements and transactions are done again when they fail in a way that passes, for everything beside
 * the pipeline, which repeats more than one of them at a time. The work of a transaction may be done several times, so
 * it must do nothing but ask the database.
 */
export function withRetries(database: Database, repeating: Repeating): Database {
  return repeatBy(repeatPassing, database, repeating);
}

/** The same for long work that no one waits for: a failover of the database does not end it. */
export function withPatience(database: Database, repeating: Repeating): Database {
  return repeatBy(repeatWhileAway, database, repeating);
}

function repeatBy(repeat: typeof repeatPassing, database: Database, repeating: Repeating): Database {
  return {
    list: (statement, values) => repeat(() => database.list(statement, values), repeating),
    transaction: (work, signal) => repeat(() => database.transaction(work, signal), { ...repeating, signal }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
