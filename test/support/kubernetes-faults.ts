import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { customSchemas } from "./custom-resources.ts";

const builtInSchema = z.object({ kinds: z.record(z.string(), z.string()), $defs: z.record(z.string(), z.unknown()) });
const builtIn = builtInSchema.parse(
  JSON.parse(readFileSync(path.join(import.meta.dirname, "../deploy/kubernetes-schemas.json"), "utf8")),
);
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { int32: true, int64: true, "date-time": true } });
ajv.addSchema({ $id: "kubernetes", $defs: builtIn.$defs });

const resourceSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() });

/** What is wrong with a resource by the schema of its kind. */
export function findFaults(document: unknown): readonly string[] {
  const { kind } = resourceSchema.parse(document);
  const custom = customSchemas[kind];
  if (custom !== undefined) {
    return custom.safeParse(document).error?.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`) ?? [];
  }
  const definition = builtIn.kinds[kind];
  if (definition === undefined) return [`there is no schema for ${kind}`];
  const validate = ajv.compile({ $ref: `kubernetes#/$defs/${definition}` });
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
}
