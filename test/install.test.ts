import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

const project = path.dirname(import.meta.dirname);
const here = { os: [process.platform], cpu: [process.arch] };
const elsewhere = { os: ["aix"], cpu: ["s390x"] };

/** What the folder's lock file names: one package of each kind. */
const packages = {
  "": { name: "folder" },
  "node_modules/service": { version: "1.0.0" },
  "node_modules/tool": { version: "1.0.0", dev: true },
  "node_modules/native": { version: "1.0.0", optional: true, ...here },
  "node_modules/foreign": { version: "1.0.0", optional: true, ...elsewhere },
  "node_modules/part-of-foreign": { version: "1.0.0", optional: true },
};

interface Ending {
  readonly code: number;
  readonly said: string;
}

describe("install.mjs", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "install of "));
    await Promise.all(["bin", "node_modules/.bin"].map((name) => mkdir(path.join(folder, name), { recursive: true })));
    await copyFile(path.join(project, "install.mjs"), path.join(folder, "install.mjs"));
    await writeFile(path.join(folder, "package-lock.json"), JSON.stringify({ packages }));
    await writeNpm('printf "%s\\n" "$*" >> called');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Puts a stand-in of npm first in the path. */
  async function writeNpm(script: string): Promise<void> {
    await writeProgram("bin/npm", `#!/bin/sh\n${script}\n`);
  }

  async function writeProgram(name: string, text: string): Promise<void> {
    await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, name), 0o755);
  }

  async function pretendInstalled(...names: readonly (keyof typeof packages)[]): Promise<void> {
    const installed = Object.fromEntries(names.map((name) => [name, packages[name]]));
    const file = path.join(folder, "node_modules/.package-lock.json");
    await writeFile(file, JSON.stringify({ packages: installed }));
  }

  function run(environment: NodeJS.ProcessEnv = {}, options: readonly string[] = []): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const env = { PATH: `${folder}/bin:/usr/bin:/bin`, ...environment };
    execFile(process.execPath, [...options, path.join(folder, "install.mjs")], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: out + err });
    });
    return promise;
  }

  const calls = () => readFile(path.join(folder, "called"), "utf8").catch(() => "");

  it("asks npm for everything in a bare folder", async () => {
    const { code } = await run();
    assert.equal(code, 0);
    assert.equal(await calls(), "ci --include=dev --include=optional --no-audit --no-fund --loglevel=error\n");
  });

  it("asks for neither tools nor optional parts in production", async () => {
    await run({ NODE_ENV: "production" });
    assert.equal(await calls(), "ci --omit=dev --omit=optional --no-audit --no-fund --loglevel=error\n");
  });

  it("leaves alone what is complete for this platform", async () => {
    await pretendInstalled("node_modules/service", "node_modules/tool", "node_modules/native");
    assert.deepEqual(await run(), { code: 0, said: "" });
    assert.equal(await calls(), "");
  });

  it("leaves alone in production what lacks tools and optional parts", async () => {
    await pretendInstalled("node_modules/service");
    assert.deepEqual(await run({ NODE_ENV: "production" }), { code: 0, said: "" });
    assert.equal(await calls(), "");
  });

  it("installs again when a package of the platform is missing", async () => {
    await pretendInstalled("node_modules/service", "node_modules/tool");
    await run();
    assert.match(await calls(), /^ci /);
  });

  it("installs again when a package has another version", async () => {
    const installed = { ...packages, "node_modules/service": { version: "0.9.0" } };
    const file = path.join(folder, "node_modules/.package-lock.json");
    await writeFile(file, JSON.stringify({ packages: installed }));
    await run();
    assert.match(await calls(), /^ci /);
  });

  it("fails as npm fails", async () => {
    await writeNpm("exit 7");
    const { code, said } = await run();
    assert.equal(code, 7);
    assert.match(said, /installation failed: see above/);
  });

  it("says so when there is no npm", async () => {
    const { code, said } = await run({ PATH: path.join(folder, "node_modules") });
    assert.equal(code, 1);
    assert.match(said, /installation failed: .*npm/);
  });

  it("removes a Node of the lock file that does not run here", async () => {
    await writeProgram("node_modules/.bin/node", "#!/gone\n");
    assert.equal((await run()).code, 0);
    await assert.rejects(readFile(path.join(folder, "node_modules/.bin/node")), { code: "ENOENT" });
  });

  it("accepts an old Node beside a new one, and refuses it alone", async () => {
    const old = 'Object.defineProperty(process, "versions", { value: { node: "20.1.0" } })';
    const options = ["--import", `data:text/javascript,${encodeURIComponent(old)}`];
    await writeProgram("node_modules/.bin/node", "#!/bin/sh\nexit 0\n");
    assert.equal((await run({}, options)).code, 0);
    await rm(path.join(folder, "node_modules/.bin/node"));
    const { code, said } = await run({}, options);
    assert.equal(code, 1);
    assert.match(said, /Node 24 or newer is needed/);
  });

  it("finds this project complete, so that nothing is asked of the network", async () => {
    await copyFile(path.join(project, "package-lock.json"), path.join(folder, "package-lock.json"));
    const installed = path.join(project, "node_modules/.package-lock.json");
    await copyFile(installed, path.join(folder, "node_modules/.package-lock.json"));
    await run();
    assert.equal(await calls(), "");
  });
});
