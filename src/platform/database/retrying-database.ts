import type { Database } from "./database.ts";
import { repeatPassing, type Repeating } from "../process/retry-transient.ts";

/**
 * A database whose statements and transactions are done again when they fail in a way that passes, for everything beside
 * the pipeline, which repeats more than one of them at a time. The work of a transaction may be done up to three times, so
 * it must do nothing but ask the database.
 */
export function withRetries(database: Database, repeating: Repeating): Database {
  return {
    list: (statement, values) => repeatPassing(() => database.list(statement, values), repeating),
    transaction: (work, signal) => repeatPassing(() => database.transaction(work, signal), { ...repeating, signal }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
