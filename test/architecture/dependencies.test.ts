import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { root } from "./source-file.ts";

const limits = { dependencies: 24, scripts: 18 } as const;
const licences: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);
const firstStep = 'exec "$npm_node_execpath" install.mjs ';

const names = z.record(z.string(), z.string());
const manifestSchema = z.object({
  scripts: names,
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
});
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      license: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;
type Lock = z.infer<typeof lockSchema>;

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Design rules 12 and 13. */
function findManifestFaults(manifest: Manifest): readonly string[] {
  const { scripts, dependencies, devDependencies, optionalDependencies } = manifest;
  const count = Object.keys(dependencies).length;
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  return [
    ...(count > limits.dependencies ? [`${count} runtime dependencies, at most ${limits.dependencies}`] : []),
    ...(Object.keys(scripts).length > limits.scripts ? [`more than ${limits.scripts} scripts`] : []),
    ...loose.map(([name]) => `${name} has no exact version`),
    ...Object.entries(scripts).flatMap(([name, script]) => judgeScript(name, script)),
  ];
}

/** In a bare folder npm finds the machine's Node: what runs after the installation is looked for only then. */
function judgeScript(name: string, script: string): readonly string[] {
  if (/^(pre|post)/.test(name)) return [`${name} never runs: npm leaves hooks out where install scripts are off`];
  if (!script.startsWith(firstStep)) return [`${name} does not begin with ${firstStep}`];
  const isOne = /^(node [^;&|]+|sh -c '[^']+')$/.test(script.slice(firstStep.length));
  return isOne ? [] : [`${name} goes on beside install.mjs: hand it one command, or sh -c`];
}

/** Each package has a line of its name, its licence and its reason, and no line is left over. */
function findPageFaults(page: string, manifest: Manifest, lock: Lock): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const lines = [...page.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\| ([^|]+?) +\|$/gm)];
  const told = new Map(lines.map(([, name = "", licence = ""]) => [name, licence]));
  const known = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  return [
    ...known.filter((name) => !told.has(name)).map((name) => `${name} has no line`),
    ...[...told.keys()].filter((name) => !known.includes(name)).map((name) => `${name} is no dependency any more`),
    ...[...told].flatMap(([name, licence]) => {
      const actual = lock.packages[`node_modules/${name}`]?.license;
      return actual === undefined || actual === licence ? [] : [`${name} is under ${actual}, not ${licence}`];
    }),
  ];
}

/** The lock file names packages of the registry by checksum; from where they come is the machine's own affair. */
function findLockFaults({ packages }: Lock): readonly string[] {
  const { "": _, ...others } = packages;
  return Object.entries(others).flatMap(([name, { resolved, link, license = "none", dev, optional }]) => {
    const isShipped = dev !== true && optional !== true;
    return [
      ...(resolved === undefined ? [] : [`${name} names where it comes from`]),
      ...(link === true ? [`${name} is a link`] : []),
      ...(isShipped && !licences.has(license) ? [`${name} has the licence ${license}`] : []),
    ];
  });
}

describe("dependencies", () => {
  const manifest = manifestSchema.parse(JSON.parse(read("package.json")));
  const lock = lockSchema.parse(JSON.parse(read("package-lock.json")));

  it("are few and exact, as are the scripts", () => {
    assert.deepEqual(findManifestFaults(manifest), []);
  });

  it("are explained", () => {
    assert.deepEqual(findPageFaults(read("docs/dependencies.md"), manifest, lock), []);
  });

  it("are locked without a host, under licences that we may use", () => {
    assert.ok(Object.keys(lock.packages).length > 50);
    assert.deepEqual(findLockFaults(lock), []);
  });

  it("run no script of theirs at installation", () => {
    assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
    assert.match(read(".npmrc"), /^save-exact=true$/m);
  });
});

describe("what is wrong with dependencies is found", () => {
  const none = { scripts: {}, dependencies: {}, devDependencies: {}, optionalDependencies: {} };

  it("in the manifest", () => {
    const dependencies = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`p${index}`, "1.0.0"]));
    const scripts = {
      pretest: "x",
      start: "node start.ts",
      test: `${firstStep}node run.ts && tsc`,
      check: `${firstStep}sh -c 'tsc && node run.ts'`,
    };
    assert.deepEqual(findManifestFaults({ ...none, scripts, dependencies, devDependencies: { q: "^1.0.0" } }), [
      "25 runtime dependencies, at most 24",
      "q has no exact version",
      "pretest never runs: npm leaves hooks out where install scripts are off",
      `start does not begin with ${firstStep}`,
      "test goes on beside install.mjs: hand it one command, or sh -c",
    ]);
  });

  it("on the page", () => {
    const manifest = { ...none, dependencies: { one: "1.0.0", two: "1.0.0" } };
    const page = "| `two` | ISC | It counts |\n| `gone` | MIT | It went |\n";
    assert.deepEqual(findPageFaults(page, manifest, { packages: { "node_modules/two": { license: "MIT" } } }), [
      "one has no line",
      "gone is no dependency any more",
      "two is under MIT, not ISC",
    ]);
  });

  it("in the lock file", () => {
    const packages = {
      "": {},
      one: { resolved: "git+ssh://one.git", license: "MIT" },
      two: { link: true, license: "MIT" },
      three: { license: "GPL-3.0" },
      four: { license: "GPL-3.0", dev: true },
    };
    assert.deepEqual(findLockFaults({ packages }), [
      "one names where it comes from",
      "two is a link",
      "three has the licence GPL-3.0",
    ]);
  });
});
