import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { inspect, parseSource, readSources, type SourceFile } from "./source-file.ts";

const starters: ReadonlySet<string> = new Set(["it", "test", "describe", "suite"]);
const switches: ReadonlySet<string> = new Set(["only", "skip", "todo"]);

/** A test's name is a fact in the present tense, and every test runs. */
function findBadTests(file: SourceFile): readonly string[] {
  return inspect(file, (report) => ({
    CallExpression: ({ callee, arguments: given, start }) => {
      const [name] = given;
      if (callee.type !== "Identifier" || !starters.has(callee.name)) return;
      const words = name?.type === "Literal" ? String(name.value) : "";
      if (/\bshould\b/i.test(words)) report({ start }, `"${words}" hopes: say what is so`);
    },
    MemberExpression: ({ object, property, start }) => {
      if (object.type !== "Identifier" || property.type !== "Identifier") return;
      const isSwitch = starters.has(object.name) && switches.has(property.name);
      if (isSwitch) report({ start }, `${object.name}.${property.name} leaves tests out`);
    },
    Property: ({ key, start }) => {
      if (key.type === "Identifier" && switches.has(key.name)) report({ start }, `${key.name} leaves tests out`);
    },
  }));
}

describe("tests", () => {
  it("are named as facts, and all run", () => {
    const tests = readSources("src", "sandbox", "test").filter(({ path }) => isTest(path));
    assert.deepEqual(tests.flatMap(findBadTests), []);
  });

  it("that do not are found", () => {
    const text = `
      it("should end the POM", () => 1);
      it.only("ends the POM", () => 1);
      describe.skip("a POM", () => 1);
      test("ends the POM", { skip: true }, () => 1);
      it("ends the POM", () => 1);`;
    assert.deepEqual(findBadTests(parseSource("src/api/risk/rosh.test.ts", text)), [
      'src/api/risk/rosh.test.ts:2 "should end the POM" hopes: say what is so',
      "src/api/risk/rosh.test.ts:3 it.only leaves tests out",
      "src/api/risk/rosh.test.ts:4 describe.skip leaves tests out",
      "src/api/risk/rosh.test.ts:5 skip leaves tests out",
    ]);
  });
});
