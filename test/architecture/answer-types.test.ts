import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { inspect, lineAt, parseSource, readSources, type SourceFile } from "./source-file.ts";

/** Something that has named properties, and where it stands. */
interface Shape {
  readonly place: string;
  readonly names: ReadonlySet<string>;
}

const makers: ReadonlySet<string> = new Set(["object", "strictObject", "looseObject", "extend"]);

function shapeOf(file: SourceFile, start: number, names: readonly string[]): Shape {
  return { place: `${file.path}:${lineAt(file, start)}`, names: new Set(names) };
}

/** The objects that the API takes and answers with, as their schemas describe them. */
function findSchemas(file: SourceFile): readonly Shape[] {
  if (!/-(schema|routes)\.ts$/.test(file.path)) return [];
  const found: Shape[] = [];
  inspect(file, () => ({
    CallExpression: ({ callee, arguments: [first], start }) => {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (!makers.has(callee.property.name) || first?.type !== "ObjectExpression") return;
      const names = first.properties.flatMap((property) =>
        property.type === "Property" && property.key.type === "Identifier" ? property.key.name : [],
      );
      found.push(shapeOf(file, start, names));
    },
  }));
  return found;
}

/** The types that are written by hand. Rows of the database have schemas of their own. */
function findTypes(file: SourceFile): readonly Shape[] {
  if (isTest(file.path) || file.path.endsWith("-store.ts")) return [];
  const found: Shape[] = [];
  inspect(file, () => {
    const add = (members: readonly { readonly type: string; readonly key?: unknown }[], start: number) => {
      const names = members.flatMap(({ key }) => (isIdentifier(key) ? key.name : []));
      found.push(shapeOf(file, start, names));
    };
    return {
      TSInterfaceBody: ({ body, start }) => add(body, start),
      TSTypeLiteral: ({ members, start }) => add(members, start),
    };
  });
  return found;
}

function isIdentifier(key: unknown): key is { readonly name: string } {
  return typeof key === "object" && key !== null && "name" in key && typeof key.name === "string";
}

/** Three names or more, and at most one of them on one side alone: the same thing, from which a field got lost. */
function isSame({ names: one }: Shape, { names: other }: Shape): boolean {
  const shared = [...one].filter((name) => other.has(name)).length;
  return shared >= 3 && one.size + other.size - 2 * shared <= (shared > 5 ? 1 : 0);
}

function findTwins(sources: readonly SourceFile[]): readonly string[] {
  const schemas = sources.flatMap(findSchemas);
  return sources.flatMap(findTypes).flatMap((type) => {
    const schema = schemas.find((one) => isSame(one, type));
    return schema === undefined ? [] : `${type.place} is the schema of ${schema.place}: infer it from there`;
  });
}

describe("the types of answers", () => {
  it("are inferred from their schemas, and none is written beside one", () => {
    const sources = readSources("src");
    assert.ok(sources.flatMap(findSchemas).length > 40);
    assert.deepEqual(findTwins(sources), []);
  });

  const schema = "export const riskSchema = z.object({ level: z.int(), category: z.int(), since: z.string() });";
  const large = `export const caseSchema = z.object({ a: x, b: x, c: x, d: x, e: x, f: x });`;
  const offences: readonly (readonly [string, string])[] = [
    [schema, "export interface Risk { readonly level: number; readonly category: number; readonly since: string; }"],
    [schema, "type Risk = { level: number; category?: number; since: string };"],
    [large, "interface Case { a: X; b: X; c: X; d: X; e: X; f: X; lost: X }"],
  ];
  for (const [described, written] of offences) {
    it(`are found out: ${written}`, () => {
      const sources = [
        parseSource("src/api/risk/risk-schema.ts", described),
        parseSource("src/api/risk/risk.ts", written),
      ];
      assert.equal(findTwins(sources).length, 1);
    });
  }

  it("may stand for something else", () => {
    const sources = [
      parseSource("src/api/risk/risk-schema.ts", schema),
      parseSource("src/api/risk/risk.ts", "interface Other { level: X; since: X }"),
    ];
    assert.deepEqual(findTwins(sources), []);
  });
});
