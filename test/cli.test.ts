import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";

const root = path.dirname(import.meta.dirname);

function run(...words: readonly string[]) {
  const { PATH = "" } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/cli.ts", ...words], {
    cwd: root,
    env: { PATH },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("the command line", () => {
  it("says which commands there are", () => {
    const { status, stderr } = run("dance");
    assert.equal(status, 2);
    assert.match(stderr, /^There is no command dance: use .*serve.*migrate/);
  });

  it("refuses to migrate nothing, without a stack", () => {
    const stderr = "The service cannot start:\n  - Set DATABASE_URL: the database to migrate.\n";
    assert.deepEqual(run("migrate"), { status: 1, stdout: "", stderr });
  });

  it("refuses to serve without settings, and lists all that are missing", () => {
    const { status, stderr } = run("serve");
    assert.equal(status, 1);
    assert.match(stderr, /^The service cannot start:\n( {2}- Set [A-Z_]+: .+\n){5,}$/);
  });
});
