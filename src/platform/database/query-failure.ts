import { DependencyError, errorClassOf } from "../process/dependency-error.ts";

/** Does a query. Whatever fails is a {@link DependencyError} of the database, named by its SQLSTATE or cause. */
export async function guard<Value>(query: () => Promise<Value>): Promise<Value> {
  try {
    // A connection whose address names a file that cannot be read fails before there is a promise.
    return await query();
  } catch (error) {
    throw new DependencyError("database", classOf(error), error);
  }
}

// The client has no codes for what it finds out itself.
const classesByMessage: readonly (readonly [pattern: RegExp, errorClass: string])[] = [
  [/timeout/, "ETIMEDOUT"],
  [/^Connection terminated|is not queryable$/, "ECONNRESET"],
  [/does not support SSL/, "NO_TLS"],
];

function classOf(error: unknown): string {
  const errorClass = errorClassOf(error);
  if (errorClass !== "Error" || !(error instanceof Error)) return errorClass;
  return classesByMessage.find(([pattern]) => pattern.test(error.message))?.[1] ?? errorClass;
}
