import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { layerOf } from "./layer.ts";
import { inspect, parseSource, readSources, type SourceFile } from "./source-file.ts";

/** What a pure file does not know: clock, randomness, process, network, log, waiting. */
const impure: ReadonlySet<string> = new Set(
  `AbortController AbortSignal Atomics Promise PromiseLike clearInterval clearTimeout console crypto fetch global
  globalThis performance process queueMicrotask setImmediate setInterval setTimeout`.split(/\s+/),
);
const impureMembers: ReadonlySet<string> = new Set(["Date.now", "Math.random", "Temporal.Now"]);

function findImpure(file: SourceFile): readonly string[] {
  if (layerOf(file.path) !== "pure") return [];
  const named = new Set<unknown>();
  return inspect(file, (report) => ({
    MemberExpression: ({ object, property, computed, start }) => {
      if (!computed) named.add(property);
      if (object.type !== "Identifier" || property.type !== "Identifier") return;
      const member = `${object.name}.${property.name}`;
      if (impureMembers.has(member)) report({ start }, `a pure file does not use ${member}`);
    },
    NewExpression: (node) => {
      const isNow = node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
      if (isNow) report(node, "a pure file does not use the clock");
    },
    Property: ({ key, computed, shorthand }) => !computed && !shorthand && named.add(key),
    PropertyDefinition: ({ key, computed }) => !computed && named.add(key),
    MethodDefinition: ({ key, computed }) => !computed && named.add(key),
    TSPropertySignature: ({ key, computed }) => !computed && named.add(key),
    TSMethodSignature: ({ key, computed }) => !computed && named.add(key),
    Identifier: (node) => {
      if (impure.has(node.name) && !named.has(node)) report(node, `a pure file does not use ${node.name}`);
    },
    MetaProperty: (node) => report(node, "a pure file does not ask where it stands"),
    ImportExpression: (node) => report(node, "a pure file does not wait"),
    AwaitExpression: (node) => report(node, "a pure file does not wait"),
    FunctionDeclaration: (node) => node.async && report(node, "a pure file is not async"),
    FunctionExpression: (node) => node.async && report(node, "a pure file is not async"),
    ArrowFunctionExpression: (node) => node.async && report(node, "a pure file is not async"),
  }));
}

describe("pure files", () => {
  it("know no clock, chance, process, log or promise", () => {
    const sources = readSources("src");
    assert.ok(sources.filter(({ path }) => layerOf(path) === "pure").length > 20);
    assert.deepEqual(sources.flatMap(findImpure), []);
  });

  const offences: readonly string[] = [
    "const now = Date.now();",
    "const now = new Date();",
    "const chance = Math.random();",
    "const today = Temporal.Now.plainDateISO();",
    "const level = process.env.LEVEL;",
    "console.log(1);",
    "export async function decide() {}",
    "const decide = async () => 1;",
    "export function decide(): Promise<void> {}",
    "const here = import.meta.url;",
    'const later = () => import("./mappa.ts");',
    "setTimeout(() => 1, 1);",
    "const shorthand = { performance };",
  ];
  for (const text of offences) {
    it(`show it: ${text}`, () => {
      assert.match(
        findImpure(parseSource("src/api/risk/rosh.ts", text)).join(),
        /^src\/api\/risk\/rosh\.ts:1 a pure file/,
      );
      assert.deepEqual(findImpure(parseSource("src/api/risk/rosh-store.ts", text)), []);
    });
  }

  it("may name a field as they like", () => {
    const text = "interface Run { process: number } const run: Run = { process: 1 }; run.process; new Date(1);";
    assert.deepEqual(findImpure(parseSource("src/api/risk/rosh.ts", text)), []);
  });
});
