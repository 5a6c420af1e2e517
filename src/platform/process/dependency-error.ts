/** What the service leans on. */
export type Dependency = "database" | "mpc" | "auth" | "queue" | "directory";

/** A dependency failed: no one's data is at fault, and the message is tried again later. */
export class DependencyError extends Error {
  override readonly name = "DependencyError";
  readonly dependency: Dependency;
  /** A short class for the attempt record and for alerts: a status, a network code, an SQL state. Never personal data. */
  readonly errorClass: string;

  /** `cause` is what the dependency's client raised. */
  constructor(dependency: Dependency, errorClass: string, cause?: unknown) {
    super(`${dependency} failed: ${errorClass}`, { cause });
    this.dependency = dependency;
    this.errorClass = errorClass;
  }
}

/**
 * The class of a failed dependency; the code that an error of Node's network or of the database carries, or its cause does:
 * `fetch` says what happened only there; else its name.
 */
export function errorClassOf(error: unknown): string {
  if (!(error instanceof Error)) return "Unknown";
  if (error instanceof DependencyError) return error.errorClass;
  return codeOf(error) ?? codeOf(error.cause) ?? error.name;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
