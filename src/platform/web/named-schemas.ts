import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

const documentSchema = z.looseObject({ components: z.looseObject({}) });
const namedSchema = z.looseObject({
  title: z.string(),
  type: z.literal("object"),
  description: z.unknown().optional(),
});

/**
 * A copy of an OpenAPI document in which every object schema that has a title stands once, under that name, among the
 * components. Raises when two different ones have the same title.
 */
export function nameSchemas<Document>(document: Document): Document {
  const schemas = new Map<string, unknown>();
  const move = (_key: string, value: unknown): unknown => {
    const named = namedSchema.safeParse(value).data;
    if (named === undefined) return value;
    // What an answer means stands beside its schema, and differs where the schema is the same.
    const { title, description: _ofAnswer, ...schema } = named;
    if (!isDeepStrictEqual(schemas.get(title) ?? schema, schema)) throw new Error(`Two schemas are called ${title}.`);
    schemas.set(title, schema);
    return { $ref: `#/components/schemas/${title}` };
  };
  const copy = documentSchema.parse(JSON.parse(JSON.stringify(document), move));
  const components = { ...copy.components, schemas: Object.fromEntries(schemas) };
  return z.custom<Document>().parse({ ...copy, components });
}
