import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

const declarations = `
import type { Executor, Statement } from "${root}src/platform/database/database.ts";
import type { Json } from "${root}src/platform/database/json-text.ts";
declare const executor: Executor;
declare const none: Statement<unknown>;
declare const some: Statement<unknown, [id: number, names: readonly string[], document: Json<{ readonly id: number }>]>;
`;
const right = [
  "executor.list(none, []);",
  'executor.list(some, [1, ["a"], JSON.stringify({ id: 1 })]);',
  'executor.list(some, [1, ["a"], JSON.stringify({ id: 1, more: 2 })]);',
];
const wrong = [
  "executor.list(none, [1]);",
  'executor.list(some, [1, ["a"]]);',
  'executor.list(some, [1, ["a"], JSON.stringify({ id: 1 }), 1]);',
  'executor.list(some, [["a"], 1, JSON.stringify({ id: 1 })]);',
  'executor.list(some, ["1", ["a"], JSON.stringify({ id: 1 })]);',
  'executor.list(some, [1, ["a"], JSON.stringify({ id: "1" })]);',
  'executor.list(some, [1, ["a"], String(1)]);',
];

it("what a store binds to a statement has the number, order and types that the statement asks for", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "statement values-"));
  try {
    const lines = [...declarations.trim().split("\n"), ...right, ...wrong];
    await writeFile(path.join(folder, "calls.mts"), lines.join("\n"));
    const typeRoots = [path.join(root, "node_modules/@types")];
    const config = {
      extends: `${root}tsconfig.json`,
      include: ["."],
      compilerOptions: { incremental: false, typeRoots },
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "--project", folder], { encoding: "utf8" });
    const refused = [...stdout.matchAll(/calls\.mts\((\d+),\d+\): error/g)].map(([, line]) => lines[Number(line) - 1]);
    assert.deepEqual([...new Set(refused)], wrong, stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
});
