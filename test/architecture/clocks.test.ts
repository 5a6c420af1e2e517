import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { inspect, parseSource, readSources, type SourceFile } from "./source-file.ts";

/** Files that compare instants of the wall clock with instants that are stored, or that someone else stated. */
const comparers: ReadonlySet<string> = new Set(["src/platform/access/token-verifier.ts"]);
/** The machine's wall clock is read here; one more file stamps messages that it sends. */
const readers: ReadonlySet<string> = new Set([
  "src/platform/time/clocks.ts",
  "src/operations/refresh/refresh-routes.ts",
]);

interface Node {
  readonly type: string;
}

function isClock(node: Node & { readonly callee?: unknown }): boolean {
  return node.type === "CallExpression" && /^(?:.+\.)?clock$/.test(nameOf(node.callee));
}

function nameOf(callee: unknown): string {
  if (typeof callee !== "object" || callee === null) return "";
  if ("name" in callee) return String(callee.name);
  return "property" in callee ? nameOf(callee.property) : "";
}

/** Wall clocks are put back and forward: what lasts is measured with `Uptime`. */
function findMisusedClocks(file: SourceFile): readonly string[] {
  if (isTest(file.path)) return [];
  return inspect(file, (report) => ({
    BinaryExpression: (node) => {
      const isMeasured = isClock(node.left) || isClock(node.right);
      if (isMeasured && !comparers.has(file.path))
        report(node, "a duration is measured with uptime, not the wall clock");
    },
    MemberExpression: (node) => {
      const { object, property } = node;
      const isNow = object.type === "Identifier" && object.name === "Date" && nameOf(property) === "now";
      if (isNow && !readers.has(file.path)) report(node, "the wall clock is read in src/platform/time/clocks.ts");
    },
    NewExpression: (node) => {
      const isNow = nameOf(node.callee) === "Date" && node.arguments.length === 0;
      if (isNow && !readers.has(file.path)) report(node, "the wall clock is read in src/platform/time/clocks.ts");
    },
  }));
}

describe("clocks", () => {
  it("of the wall measure no duration, and are read in one place", () => {
    assert.deepEqual(readSources("src").flatMap(findMisusedClocks), []);
  });

  const offences: readonly string[] = [
    "const isOld = clock() - readAt > 1000;",
    "const until = settings.clock() + 1000;",
    "const isOver = until < clock();",
    "const now = Date.now();",
    "const now = new Date();",
    "const clock = Date.now;",
  ];
  for (const text of offences) {
    it(`that are misused are found: ${text}`, () => {
      assert.equal(findMisusedClocks(parseSource("src/sync/intake/gate-job.ts", text)).length, 1);
    });
  }

  it("may stamp what is stored", () => {
    const text = "const at = new Date(clock()); const isOver = uptime() > until; const day = new Date(1);";
    assert.deepEqual(findMisusedClocks(parseSource("src/sync/intake/gate-job.ts", text)), []);
  });
});
