import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import manifest from "../../package.json" with { type: "json" };
import { isTest, layerOf, roomOf, wingOf, wings } from "./layer.ts";
import { parseSource, readSources, root, type Import, type SourceFile } from "./source-file.ts";

const pureLibraries: ReadonlySet<string> = new Set(["zod", "temporal-polyfill", "d3-scale", "d3-shape"]);
const shellLibraries: ReadonlySet<string> = new Set([...pureLibraries, "p-limit"]);
const maxFiles = 20;
const areas: Readonly<Record<string, readonly string[]>> = {
  src: ["src"],
  sandbox: ["sandbox", "src"],
  deploy: ["deploy"],
  docs: ["docs", "src"],
  bench: ["bench", "deploy", "docs", "sandbox", "src"],
  test: ["test", "bench", "deploy", "docs", "sandbox", "src"],
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
  "a wing imports only wings below it": ({ path }, { target }) => {
    const [own, other] = [heightOf(path), heightOf(target)];
    return own !== null && other !== null && wingOf(path) !== wingOf(target) && other >= own;
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
  "only app/ and commands/ build things": ({ path }, { target, values }) => {
    const isOurs = layerOf(path) !== null && layerOf(target) !== null && layerOf(target) !== "pure";
    return isOurs && layerOf(path) !== "builder" && values.some((name) => /^(create|open|start)[A-Z]/.test(name));
  },
  "a file is not imported for its effects": (_, { isFile, isForEffect }) => isFile && isForEffect,
};

/** How high the wing of a file stands; null for tests and outside `src/`. Raises for a wing that is not drawn. */
function heightOf(file: string): number | null {
  if (!file.startsWith("src/") || isTest(file)) return null;
  const height = wings.findIndex((line) => line.includes(wingOf(file) ?? ""));
  assert.notEqual(height, -1, `${file} stands in no wing: add it to test/architecture/layer.ts`);
  return height;
}

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

type Graph = ReadonlyMap<string, readonly string[]>;

function filesOf(files: readonly SourceFile[]): Graph {
  return new Map(files.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
}

/** The rooms of each wing, and which other rooms of it they import. */
function roomsOf(files: readonly SourceFile[]): Graph {
  const graph = new Map<string, string[]>();
  for (const { path, imports } of files.filter((file) => layerOf(file.path) !== null)) {
    const room = roomOf(path) ?? "";
    const others = imports.flatMap(({ target }) => (wingOf(target) === wingOf(path) ? (roomOf(target) ?? []) : []));
    graph.set(room, [...(graph.get(room) ?? []), ...others.filter((other) => other !== room)]);
  }
  return graph;
}

function findCrowds(files: readonly SourceFile[]): readonly string[] {
  const rooms = files.flatMap(({ path }) => (layerOf(path) === null ? [] : (roomOf(path) ?? [])));
  return [...new Set(rooms)].filter((room) => rooms.filter((other) => other === room).length > maxFiles);
}

/** Each cycle once, type imports included: from its first member back to it. */
function findCycles(targets: Graph): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]) => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const name of targets.keys()) visit(name, []);
  return cycles;
}

describe("imports", () => {
  const sources = readSources("src", "sandbox", "test", "docs", "bench", "deploy");

  it("keep to the layout", () => {
    assert.deepEqual(sources.flatMap(findForbidden), []);
  });

  it("form no cycle", () => {
    assert.deepEqual(findCycles(filesOf(sources)), []);
  });

  it("form no cycle between the rooms of a wing", () => {
    assert.deepEqual(findCycles(roomsOf(sources)), []);
  });

  it("leave no room with more than 20 files", () => {
    assert.deepEqual(findCrowds(sources), []);
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
    ["src/delius/person/person.ts", 'import { readFile } from "node:fs/promises";', "pure libraries"],
    ["src/delius/person/person.ts", 'import type { Log } from "../../platform/process/log.ts";', "pure files"],
    ["src/delius/person/person.ts", 'export { findPerson } from "./person-store.ts";', "pure files"],
    ["src/delius/person/person.ts", 'const later = () => import("./person-store.ts");', "pure files"],
    ["src/api/risk/risk-routes.ts", 'import pg from "pg";', "reach outside"],
    ["src/platform/time/clocks.ts", 'import { startFauxqs } from "fauxqs/server";', "without development"],
    ["src/api/risk/risk-routes.ts", 'import { runCommand } from "../../commands/cli.ts";', "wings below"],
    ["src/api/risk/risk-routes.ts", 'import { listCases } from "../../console/case-store.ts";', "wings below"],
    ["src/delius/staff/staff-store.ts", 'import type { Fact } from "../../sync/fact/outcome.ts";', "wings below"],
    ["src/api/risk/risk-routes.ts", 'import { createLog } from "../../platform/process/log.ts";', "build things"],
    ["src/platform/time/clocks.ts", 'import { openQueue } from "../queue/queue.ts";', "build things"],
    ["src/app/app.ts", 'import { startPeers } from "../../sandbox/peers.ts";', "src/ knows no sandbox"],
    ["sandbox/peers.ts", 'import { day } from "../test/support/allocation-fixture.ts";', "sandbox/ and docs/"],
    ["src/app/app.ts", 'import "../platform/process/log.ts";', "for its effects"],
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
      import { secret, type Secret } from "../../platform/process/secret.ts";
      import type { FactHandler } from "../../sync/fact/fact-handler.ts";
      import { listStaff } from "../../delius/staff/staff-store.ts";`;
    assert.deepEqual(findForbidden(parseSource("src/api/risk/risk-handler.ts", text)), []);
  });

  it("a cycle of types", () => {
    const files = [
      parseSource("src/sync/a/one.ts", 'import type { Two } from "./two.ts";'),
      parseSource("src/sync/a/two.ts", 'import type { One } from "./one.ts";'),
    ];
    assert.deepEqual(findCycles(filesOf(files)), ["src/sync/a/one.ts → src/sync/a/two.ts → src/sync/a/one.ts"]);
  });

  it("a cycle of rooms whose files form none", () => {
    const files = [
      parseSource("src/sync/a/one.ts", 'import type { Two } from "../b/two.ts";'),
      parseSource("src/sync/b/three.ts", 'import type { Four } from "../a/four.ts";'),
    ];
    assert.deepEqual(findCycles(filesOf(files)), []);
    assert.deepEqual(findCycles(roomsOf(files)), ["sync/a → sync/b → sync/a"]);
  });

  it("a room with too many files", () => {
    const files = Array.from({ length: 21 }, (_, index) => parseSource(`src/sync/a/file-${index}.ts`, ""));
    assert.deepEqual(findCrowds(files), ["sync/a"]);
    assert.deepEqual(findCrowds(files.slice(1)), []);
  });

  it("a file outside every wing", () => {
    const file = parseSource("src/loose/file.ts", 'import { one } from "../sync/a/one.ts";');
    assert.throws(() => findForbidden(file), /stands in no wing/);
  });
});
