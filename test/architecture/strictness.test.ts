import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { inspect, lineAt, parseSource, readSources, type SourceFile } from "./source-file.ts";

/** Casts and classes to inherit from: nowhere in our own code. The linter finds `any` and `!`. */
function findLoose(file: SourceFile): readonly string[] {
  return inspect(file, (report) => ({
    TSAsExpression: (node) => {
      const { typeAnnotation: type } = node;
      const isConst =
        type.type === "TSTypeReference" && type.typeName.type === "Identifier" && type.typeName.name === "const";
      if (!isConst) report(node, "`as` switches the types off: parse with a schema");
    },
    ClassDeclaration: (node) => {
      const { superClass } = node;
      const isFree = superClass === null || (superClass.type === "Identifier" && superClass.name === "Error");
      if (!isFree) report(node, "a class inherits from nothing but Error");
    },
  }));
}

const remarks = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|(ox|es)lint-disable|@deprecated/;

/** Comments that switch a check off or put something off. */
function findRemarks(file: SourceFile): readonly string[] {
  return file.comments.flatMap(({ value, start }) => {
    const found = remarks.exec(value);
    return found === null ? [] : `${file.path}:${lineAt(file, start)} a comment holds ${found[0]}`;
  });
}

/** An import of a module does nothing but declare: no state that changes, no effect. */
function findEffects(file: SourceFile): readonly string[] {
  return file.program.body.flatMap((statement) => {
    const fault = judgeStatement(statement);
    return fault === null ? [] : `${file.path}:${lineAt(file, statement.start)} ${fault}`;
  });
}

function judgeStatement(statement: SourceFile["program"]["body"][number]): string | null {
  const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  if (inner?.type === "VariableDeclaration" && inner.kind !== "const") return "state that changes belongs to no module";
  const isCommand = inner?.type === "IfStatement" && inner.test.type === "MemberExpression";
  return inner === null || inner.type.endsWith("Declaration") || isCommand ? null : "an import has no effect";
}

describe("strictness", () => {
  const sources = readSources("src", "sandbox", "test", "docs", "bench", "deploy");

  it("types are never switched off", () => {
    assert.deepEqual(sources.flatMap(findLoose), []);
  });

  it("checks are never switched off, and nothing is put off", () => {
    assert.deepEqual(sources.flatMap(findRemarks), []);
  });

  it("a module of the service has no state and no effect of its own", () => {
    assert.deepEqual(sources.filter(({ path }) => path.startsWith("src/") && !isTest(path)).flatMap(findEffects), []);
  });
});

describe("looseness is found", () => {
  const loose: readonly string[] = ["const one = two as string;", "class Three extends Base {}"];
  for (const text of loose) {
    it(text, () => {
      assert.equal(findLoose(parseSource("src/api/risk/rosh.ts", text)).length, 1);
    });
  }

  it("but `as const` and errors of our own are not", () => {
    const text = "const one = [1] as const; class OwnError extends Error {}";
    assert.deepEqual(findLoose(parseSource("src/api/risk/rosh.ts", text)), []);
  });

  it("in comments", () => {
    const remarksInParts = ["TO DO later", "@ts- ignore", "oxlint- disable"];
    const text = remarksInParts.map((remark) => `// ${remark.replace(" ", "")}\n`).join("");
    assert.equal(findRemarks(parseSource("src/api/risk/rosh.ts", text)).length, 3);
  });

  it("at the top of a module", () => {
    const text =
      "let count = 0;\nexport let other = 1;\nstart();\nawait start();\nconst fine = 1;\nif (import.meta.main) start();";
    assert.deepEqual(findEffects(parseSource("src/api/risk/rosh.ts", text)), [
      "src/api/risk/rosh.ts:1 state that changes belongs to no module",
      "src/api/risk/rosh.ts:2 state that changes belongs to no module",
      "src/api/risk/rosh.ts:3 an import has no effect",
      "src/api/risk/rosh.ts:4 an import has no effect",
    ]);
  });
});
