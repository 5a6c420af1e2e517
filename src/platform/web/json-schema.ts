import { z } from "zod";

/** A JSON schema, as the web framework serialises by it and the API's document shows it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON schema of what a schema lets out: one source for the answer's bytes and for its documentation. */
export function toJsonSchema(schema: z.ZodType, extra: JsonSchema = {}): JsonSchema {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "output",
    override: ({ jsonSchema }) => {
      // What says nothing, or what the format says already, and in words.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
      delete jsonSchema.readOnly;
    },
  });
  return { ...described, ...extra };
}
