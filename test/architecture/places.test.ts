import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTest } from "./layer.ts";
import { inspect, parseSource, readSources, type SourceFile } from "./source-file.ts";

const statements: readonly RegExp[] = [
  /\b(select\s[^.]*\sfrom|SELECT\s[^.]*\sFROM)\s/,
  /\bselect\s+(\d|\*|[\w.]+\()/i,
  /\b(insert\s+into|delete\s+from|merge\s+into|truncate\s+table|alter\s+(table|role|schema))\b/i,
  /\bupdate\s+[\w."]+\s+(as\s+\w+\s+)?set\b/i,
  /\b(create|drop)\s+(table|schema|index|role|database|extension|sequence)\b/i,
  /\block\s+table\b|\bfor\s+(no\s+key\s+)?update\b|\bnextval\s*\(/i,
];

/** SQL stands in stores (and in migrations, which are no TypeScript). */
function findSql(file: SourceFile): readonly string[] {
  if (isTest(file.path) || file.path.endsWith("-store.ts")) return [];
  return inspect(file, (report) => {
    const check = (node: { readonly start: number }, text: string) => {
      if (statements.some((statement) => statement.test(text))) report(node, "SQL stands only in a -store.ts");
    };
    return {
      Literal: (node) => typeof node.value === "string" && check(node, node.value),
      TemplateLiteral: (node) => check(node, node.quasis.map(({ value }) => value.cooked).join(" $ ")),
    };
  });
}

/** Where the environment is read; all else is handed what it needs. */
const readers: ReadonlySet<string> = new Set([
  "src/commands/cli.ts",
  "sandbox/start.ts",
  "sandbox/service-command.ts",
  "sandbox/status-command.ts",
  "sandbox/send-command.ts",
  "sandbox/seed/seed-command.ts",
]);

/** The environment, whichever way it is reached. */
function findEnvironment(file: SourceFile): readonly string[] {
  if (isTest(file.path) || readers.has(file.path)) return [];
  const fault = "the environment is read only in src/commands/cli.ts and the sandbox's commands";
  const members = new Set<unknown>();
  return inspect(file, (report) => ({
    ImportDeclaration: (node) => {
      if (/^(node:)?process$/.test(node.source.value)) report(node, fault);
    },
    MemberExpression: ({ object, property, computed }) => {
      if (!computed) members.add(property);
      const name = property.type === "Literal" ? property.value : property.type === "Identifier" && property.name;
      const isKnown = !computed || property.type === "Literal";
      if (object.type === "Identifier" && isKnown && name !== "env") members.add(object);
    },
    Property: ({ key, shorthand }) => !shorthand && members.add(key),
    Identifier: (node) => {
      if (node.name === "process" && !members.has(node)) report(node, fault);
    },
  }));
}

describe("places", () => {
  it("SQL stands only in stores and migrations", () => {
    assert.deepEqual(readSources("src").flatMap(findSql), []);
  });

  it("the environment is read only where that is documented", () => {
    assert.deepEqual(readSources("src", "sandbox", "docs").flatMap(findEnvironment), []);
  });
});

describe("SQL out of place is found", () => {
  const texts: readonly string[] = [
    '"select crn from offender"',
    "`\n  select *\n  from ${table}`",
    '"SELECT crn FROM offender"',
    '"select 1"',
    '"insert into contact values (1)"',
    "`update offender set crn = $1`",
    '"delete from contact"',
    "`create table ${name} ()`",
  ];
  for (const text of texts) {
    it(text.replaceAll("\n", " "), () => {
      const source = `export const text = ${text};`;
      assert.deepEqual(findSql(parseSource("src/api/risk/rosh.ts", source)), [
        "src/api/risk/rosh.ts:1 SQL stands only in a -store.ts",
      ]);
      assert.deepEqual(findSql(parseSource("src/api/risk/risk-store.ts", source)), []);
    });
  }

  it("but English is not taken for it", () => {
    const text =
      'const words = ["Select a case from the list.", "It was updated, set aside and deleted from Delius."];';
    assert.deepEqual(findSql(parseSource("src/api/risk/rosh.ts", text)), []);
  });
});

describe("a look at the environment is found", () => {
  const texts: readonly string[] = [
    "const port = process.env.PORT;",
    'const port = process["env"].PORT;',
    "const { env } = process;",
    'import { env } from "node:process";',
    "const all = { ...process.env };",
    "const one = (name) => process[name];",
  ];
  for (const text of texts) {
    it(text, () => {
      assert.match(findEnvironment(parseSource("src/app/app.ts", text)).join(), /^src\/app\/app\.ts:1 the environment/);
      assert.deepEqual(findEnvironment(parseSource("src/commands/cli.ts", text)), []);
    });
  }

  it("but the rest of the process is not", () => {
    const text = "process.exitCode = 1; const row = { process: 1 }; row.process;";
    assert.deepEqual(findEnvironment(parseSource("src/commands/serve-command.ts", text)), []);
  });
});
