import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { parseSync, Visitor, type TSTupleElement, type TSType } from "oxc-parser";
import { z } from "zod";
import type { Statement } from "../../src/platform/database/database.ts";

/** A statement of a store, with the file that it stands in. */
export interface FoundStatement extends Statement<unknown> {
  readonly file: string;
  /** The types of what it binds, as they are written: `["readonly Crn[]", "string"]`. */
  readonly values: readonly string[];
}

const storeSchema = z.object({
  everyStatement: z.array(
    z.object({ name: z.string(), text: z.string(), row: z.instanceof(z.ZodType), values: z.array(z.string()) }),
  ),
});
const root = new URL("../../", import.meta.url);
const mark = "?statements";

/**
 * Finds every statement of every store of the service, or of the folders given. Stores keep their statements to themselves, so each store is loaded once more
 * with an export added that holds them all.
 */
export async function collectStatements(folders = "src"): Promise<readonly FoundStatement[]> {
  const hooks = registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(mark)) return loaded;
      const source = z.instanceof(Uint8Array).parse(loaded.source);
      return { ...loaded, source: exportStatements(Buffer.from(source).toString()) };
    },
  });
  try {
    const files = globSync(`${folders}/**/*-store.ts`, { cwd: root });
    return (await Promise.all(files.map(readStore))).flat();
  } finally {
    hooks.deregister();
  }
}

async function readStore(file: string): Promise<readonly FoundStatement[]> {
  const store: unknown = await import(`${new URL(file, root).href}${mark}`);
  const { everyStatement } = storeSchema.parse(store);
  return everyStatement.map((statement) => ({ ...statement, file: path.normalize(file) }));
}

function exportStatements(source: string): string {
  const every = listDeclared(source).map(
    ({ name, values }) =>
      `...("row" in ${name} ? [${name}] : Object.values(${name})).map((one) => ({ ...one, values: ${JSON.stringify(values)} }))`,
  );
  return `${source}\nexport const everyStatement = [${every.join(", ")}];\n`;
}

/**
 * The constants that the source of a store declares as a `Statement`, or as what satisfies a record of them, and the types of
 * the values of each. Raises where it runs something else, for that could not be found.
 */
export function listDeclared(source: string): readonly { readonly name: string; readonly values: readonly string[] }[] {
  const { program } = parseSync("store.ts", source);
  const declared: { readonly name: string; readonly values: TSType | undefined }[] = [];
  const tuples = new Map<string, TSType>();
  const run: string[] = [];
  new Visitor({
    TSTypeAliasDeclaration: ({ id, typeAnnotation }) => void tuples.set(id.name, typeAnnotation),
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== "Identifier") return;
      const record = init?.type === "TSSatisfiesExpression" ? readReference(init.typeAnnotation, "Record") : undefined;
      const statement = readReference(record?.[1] ?? id.typeAnnotation?.typeAnnotation, "Statement");
      if (statement !== undefined) declared.push({ name: id.name, values: statement[1] });
    },
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (callee.property.name !== "list") return;
      const named = first?.type === "MemberExpression" ? first.object : first;
      run.push(named?.type === "Identifier" ? named.name : "something unnamed");
    },
  }).visit(program);
  const unknown = run.filter((name) => !declared.some((statement) => statement.name === name));
  if (unknown.length > 0) throw new Error(`What a store runs is to be declared as a Statement: ${unknown.join(", ")}.`);
  const listTypes = (type: TSTupleElement): readonly string[] => {
    if (type.type === "TSTupleType") return type.elementTypes.flatMap(listTypes);
    if (type.type === "TSNamedTupleMember") return listTypes(type.elementType);
    if (type.type === "TSRestType") return listTypes(type.typeAnnotation);
    const text = source.slice(type.start, type.end);
    const tuple = tuples.get(text);
    return tuple?.type === "TSTupleType" ? listTypes(tuple) : [text];
  };
  return declared.map(({ name, values }) => ({ name, values: values === undefined ? [] : listTypes(values) }));
}

/** What stands between the angle brackets of a type of this name; undefined where it is another type. */
function readReference(type: TSType | undefined, name: string): readonly TSType[] | undefined {
  if (type?.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return undefined;
  return type.typeName.name === name ? (type.typeArguments?.params ?? []) : undefined;
}
