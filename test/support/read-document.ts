import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";

const exampleSchema = z.strictObject({ summary: z.string().optional(), value: z.unknown() });
const mediaSchema = z.strictObject({
  schema: z.record(z.string(), z.unknown()),
  example: z.unknown().optional(),
  examples: z.record(z.string(), exampleSchema).optional(),
});
const contentSchema = z.record(z.string(), mediaSchema);
const headersSchema = z.record(
  z.string(),
  z.strictObject({ schema: z.record(z.string(), z.unknown()), description: z.string().min(1) }),
);
const responseSchema = z.strictObject({
  description: z.string().min(1),
  headers: headersSchema.optional(),
  content: contentSchema.optional(),
});
const parameterSchema = z.strictObject({
  name: z.string(),
  in: z.enum(["path", "query"]),
  description: z.string().min(1),
  required: z.boolean().optional(),
  schema: z.record(z.string(), z.unknown()),
  example: z.unknown().optional(),
  examples: z.record(z.string(), exampleSchema).optional(),
});
const operationSchema = z.strictObject({
  operationId: z.string(),
  tags: z.array(z.string()).min(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.strictObject({ required: z.boolean().optional(), content: contentSchema }).optional(),
  security: z.array(z.strictObject({ hmppsAuth: z.tuple([z.string()]) })).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$|^default$/), responseSchema),
});

/** The parts of OpenAPI 3.1 that we use, and no others. */
export const documentSchema = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.tuple([z.strictObject({ url: z.literal("/") })]),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string().min(1) })),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.record(z.string(), z.string())),
    schemas: z.record(z.string().regex(/^[A-Z][A-Za-z]+$/), z.record(z.string(), z.unknown())),
  }),
  paths: z.record(
    z.string().startsWith("/"),
    z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), operationSchema),
  ),
});

/** An operation of the document. */
export interface Operation extends z.infer<typeof operationSchema> {
  /** `GET /path/{parameter}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Roles of which one is enough; empty: open to all. */
  readonly roles: readonly string[];
}

/** The API's document, taken apart. */
export interface ApiDocument {
  readonly operations: readonly Operation[];
  /** The validator of a schema that stands in the document. */
  compile(schema: Readonly<Record<string, unknown>>): ValidateFunction;
}

/** Takes the API's document apart. Raises when it is none, or uses what we do not. */
export function readApiDocument(document: unknown): ApiDocument {
  const { paths, components } = documentSchema.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const roles = (operation.security ?? []).flatMap(({ hmppsAuth }) => hmppsAuth);
      return { ...operation, name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, roles };
    }),
  );
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  // What a schema refers to stands beside it.
  ajv.addKeyword("components");
  return { operations, compile: (schema) => ajv.compile({ ...schema, components }) };
}

/** The examples of a parameter, a body or an answer. */
export function listExamples({
  example,
  examples,
}: Pick<z.infer<typeof mediaSchema>, "example" | "examples">): readonly unknown[] {
  const named = Object.values(examples ?? {}).map(({ value }) => value);
  return example === undefined ? named : [example, ...named];
}

/** The address of an operation with its parameters' examples: one for each example of each parameter. */
export function listAddresses({ path, parameters }: Operation): readonly string[] {
  const filled = parameters.reduce<readonly { readonly path: string; readonly query: readonly string[] }[]>(
    (addresses, parameter) =>
      addresses.flatMap(({ path: unfilled, query }) =>
        listExamples(parameter).map((example) => {
          const text = encodeURIComponent(String(example));
          return parameter.in === "path"
            ? { path: unfilled.replace(`{${parameter.name}}`, text), query }
            : { path: unfilled, query: [...query, `${parameter.name}=${text}`] };
        }),
      ),
    [{ path, query: [] }],
  );
  return filled.map((address) => address.path + (address.query.length > 0 ? `?${address.query.join("&")}` : ""));
}
