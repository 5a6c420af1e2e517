import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import manifest from "../../package.json" with { type: "json" };
import { featureOf, isTest, layerOf } from "./layer.ts";
import { parseSource, readSources, root, type Import, type SourceFile } from "./source-file.ts";

const pureLibraries: ReadonlySet<string> = new Set(["zod", "temporal-polyfill"]);
const shellLibraries: ReadonlySet<string> = new Set([...pureLibraries, "p-limit"]);
/** Features whose shells and stores any feature may use, and the one port that the facts fulfil. */
const shared: ReadonlySet<string> = new Set(["person", "staff"]);
const ports: ReadonlySet<string> = new Set(["src/inbox/fact-handler.ts", "src/inbox/reference-store.ts"]);
/** The composition root, its two halves among them. */
const builders: ReadonlySet<string> = new Set(
  [
    "app",
    "api",
    "consumer",
    "handlers",
    "previews",
    "cli",
    "main",
    "explain",
    "comparison",
    "migrate",
    "reconcile",
    "refresh",
  ].map((name) => `src/${name}.ts`),
);
const areas: Readonly<Record<string, readonly string[]>> = {
  src: ["src"],
  sandbox: ["sandbox", "src"],
  docs: ["docs", "src"],
  bench: ["bench", "sandbox", "src"],
  test: ["test", "bench", "docs", "sandbox", "src"],
};

type IsBroken = (file: SourceFile, taken: Import) => boolean;

const rules: Readonly<Record<string, IsBroken>> = {
  "src/ knows no sandbox and no test, sandbox/ and docs/ know no test": ({ path }, { target, isFile }) => {
    const allowed = areas[isTest(path) ? "test" : areaOf(path)] ?? [];
    return isFile && target !== "package.json" && !allowed.includes(areaOf(target));
  },
  "a pure file imports only pure files and pure libraries": ({ path }, { target, isFile }) => {
    const isPure = isFile ? layerOf(target) === "pure" : pureLibraries.has(target);
    return layerOf(path) === "pure" && !isPure;
  },
  "a feature does not import another's shells or stores": ({ path }, { target }) => {
    const isForeign = layerOf(target) === "shell" && featureOf(path) !== featureOf(target);
    const isAllowed = shared.has(featureOf(target) ?? "") || ports.has(target);
    return layerOf(path) === "shell" && isForeign && !isAllowed;
  },
  "only adapters use libraries that reach outside": ({ path }, { target, isFile, isType }) => {
    const isOutside = !isFile && !target.startsWith("node:") && !shellLibraries.has(target);
    return layerOf(path) === "shell" && isOutside && !isType;
  },
  "the service runs without development dependencies": ({ path }, { target, isFile }) => {
    const [scope = "", name = ""] = target.split("/");
    const library = scope.startsWith("@") ? `${scope}/${name}` : scope;
    return layerOf(path) !== null && !isFile && !scope.startsWith("node:") && !(library in manifest.dependencies);
  },
  "an adapter knows no feature's shells": ({ path }, { target }) =>
    layerOf(path) === "adapter" && layerOf(target) === "shell",
  "the files at the root of src/ join the parts, not the reverse": ({ path }, { target }) => {
    const layer = layerOf(path);
    return layer !== null && layer !== "root" && layerOf(target) === "root";
  },
  "only the files at the root of src/ build things": ({ path }, { target, values }) => {
    const isOurs = layerOf(path) !== null && layerOf(target) !== null && layerOf(target) !== "pure";
    return isOurs && !builders.has(path) && values.some((name) => /^(create|open|start)[A-Z]/.test(name));
  },
  "a file is not imported for its effects": (_, { isFile, isForEffect }) => isFile && isForEffect,
};

function areaOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function findForbidden(file: SourceFile): readonly string[] {
  return file.imports.flatMap((taken) =>
    Object.entries(rules).flatMap(([rule, isBroken]) =>
      isBroken(file, taken) ? `${file.path} → ${taken.target}: ${rule}` : [],
    ),
  );
}

/** Each cycle once, type imports included: from its first file back to it. */
function findCycles(files: readonly SourceFile[]): readonly string[] {
  const targets = new Map(files.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

describe("imports", () => {
  const sources = readSources("src", "sandbox", "test", "docs", "bench");

  it("keep to the layout", () => {
    assert.deepEqual(sources.flatMap(findForbidden), []);
  });

  it("form no cycle", () => {
    assert.deepEqual(findCycles(sources), []);
  });

  it("name files that exist", () => {
    const missing = sources.flatMap(({ path, imports }) =>
      imports.flatMap(({ target, isFile }) => (isFile && !existsSync(join(root, target)) ? `${path} → ${target}` : [])),
    );
    assert.deepEqual(missing, []);
  });
});

describe("a forbidden import is found", () => {
  const forbidden: readonly (readonly [file: string, text: string, fault: string])[] = [
    ["src/person/person.ts", 'import { readFile } from "node:fs/promises";', "pure libraries"],
    ["src/person/person.ts", 'import type { Log } from "../adapters/log.ts";', "pure files"],
    ["src/person/person.ts", 'export { findPerson } from "./person-store.ts";', "pure files"],
    ["src/person/person.ts", 'const later = () => import("./person-store.ts");', "pure files"],
    ["src/risk/risk-store.ts", 'import { listLooks } from "../inbox/look-store.ts";', "shells or stores"],
    ["src/risk/risk-routes.ts", 'import pg from "pg";', "reach outside"],
    ["src/adapters/clock.ts", 'import { startFauxqs } from "fauxqs/server";', "without development dependencies"],
    ["src/risk/risk-routes.ts", 'import { runCommand } from "../cli.ts";', "at the root"],
    ["src/risk/risk-routes.ts", 'import { createLog } from "../adapters/log.ts";', "build things"],
    ["src/adapters/clock.ts", 'import { openQueue } from "./queue.ts";', "build things"],
    ["src/adapters/clock.ts", 'import { listStaff } from "../staff/staff-store.ts";', "no feature's shells"],
    ["src/app.ts", 'import { startPeers } from "../sandbox/peers.ts";', "src/ knows no sandbox"],
    ["sandbox/peers.ts", 'import { day } from "../test/support/allocation-fixture.ts";', "sandbox/ and docs/"],
    ["src/app.ts", 'import "./adapters/log.ts";', "for its effects"],
  ];
  for (const [file, text, fault] of forbidden) {
    it(`${text} in ${file}`, () => {
      assert.match(findForbidden(parseSource(file, text)).join("\n"), new RegExp(fault));
    });
  }

  it("and a lawful one is not", () => {
    const text = `
      import { z } from "zod";
      import type { FastifyInstance } from "fastify";
      import { secret, type Secret } from "../adapters/secret.ts";
      import type { FactHandler } from "../inbox/fact-handler.ts";
      import { listStaff } from "../staff/staff-store.ts";`;
    assert.deepEqual(findForbidden(parseSource("src/risk/risk-handler.ts", text)), []);
  });

  it("a cycle of types", () => {
    const files = [
      parseSource("src/a/one.ts", 'import type { Two } from "./two.ts";'),
      parseSource("src/a/two.ts", 'import type { One } from "./one.ts";'),
    ];
    assert.deepEqual(findCycles(files), ["src/a/one.ts → src/a/two.ts → src/a/one.ts"]);
  });
});
