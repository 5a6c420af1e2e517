import { z } from "zod";

/** A JSON schema, as the web framework serialises by it and the API's document shows it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON schema of what a schema lets out: one source for the answer's bytes and for its documentation. */
export function toJsonSchema(schema: z.ZodType, extra: JsonSchema = {}): JsonSchema {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { target: "draft-7", io: "output" });
  return { ...described, ...extra };
}
