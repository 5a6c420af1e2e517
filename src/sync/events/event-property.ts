import { z } from "zod";

/** One property of a schema, ready to be shown. */
export interface ShownProperty {
  /** From the top, with dots; `[]` stands for each item of a list. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

const schemaSchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.string().optional(),
  description: z.string().default(""),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
});

/** The properties of a JSON schema and of what lies in them, in their order. */
export function listProperties(schema: unknown, prefix = ""): readonly ShownProperty[] {
  const { properties, required, items } = schemaSchema.parse(schema);
  const inItems = items === undefined ? [] : listProperties(items, `${prefix}[]`);
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const { description, ...shape } = schemaSchema.parse(property);
    const shown = { path, type: nameType(shape), isRequired: required.includes(name), description };
    return [shown, ...listProperties(property, path)];
  });
  return [...own, ...inItems];
}

function nameType({
  type,
  const: value,
  items,
  enum: choices,
}: Omit<z.infer<typeof schemaSchema>, "description">): string {
  if (value !== undefined) return `"${value}"`;
  if (choices !== undefined) return choices.map((choice) => `"${choice}"`).join(" or ");
  if (items !== undefined) return `list of ${nameType(schemaSchema.parse(items))}`;
  return [type ?? "anything"].flat().join(" or ");
}
