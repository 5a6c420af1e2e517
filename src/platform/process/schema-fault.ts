import type { z } from "zod";

/** The faults that a schema found, without the values that it found them in. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`).join("; ");
}
