import { parseArgs } from "node:util";
import { benchPoison, benchUnchanged, benchWrites } from "./events.ts";
import type { Bench, Benchmark } from "./measure.ts";
import { benchPartialFailure } from "./partial-failure.ts";
import { benchGrowth } from "./growth.ts";
import { benchLatency } from "./latency.ts";
import { benchMemory } from "./memory.ts";
import { benchBatches, benchReads } from "./reads.ts";
import { benchReconciliation } from "./reconciliation.ts";
import { benchReplicas } from "./replicas.ts";
import { keepResults, toResult, writeRows, type Result } from "./performance-page.ts";
import { benchStart } from "./readiness.ts";
import { benchTelemetry } from "./telemetry-cost.ts";
import { benchTrips } from "./trips.ts";
import { createWorld } from "./world.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = {
  "events-write": benchWrites,
  "events-unchanged": benchUnchanged,
  "events-poison": benchPoison,
  "events-partial-failure": benchPartialFailure,
  latency: benchLatency,
  trips: benchTrips,
  read: benchReads,
  batch: benchBatches,
  reconciliation: benchReconciliation,
  growth: benchGrowth,
  replicas: benchReplicas,
  memory: benchMemory,
  start: benchStart,
  telemetry: benchTelemetry,
};

const usage = `Usage: npm run bench [-- name …] [--full] [--cases 100000] [--rounds 5]

Measures the service beside what one would use in its place and beside the limits of what it stands on, prints a table, and
keeps the figures in bench/results/latest.json and docs/performance.md. All of them without a name:

  ${Object.keys(benchmarks).join("  ")}

  --full    growth also at 1,000,000 cases
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const wanted = readArguments(args);
  if (wanted === null) {
    process.stderr.write(usage);
    return 2;
  }
  const { names, ...settings } = wanted;
  await using world = await createWorld();
  for (const name of names) {
    process.stdout.write(`\n${name}\n`);
    await keepResults({ [name]: await measure(name, { world, ...settings }) });
  }
  return 0;
}

async function measure(name: string, bench: Bench): Promise<Result> {
  const benchmark = benchmarks[name];
  if (benchmark === undefined) throw new Error(`There is no benchmark ${name}.`);
  const outcome = await benchmark(bench);
  const rows = writeRows(outcome.figures);
  const [width = 0] = rows.map(([measured = ""]) => measured.length).toSorted((one, other) => other - one);
  for (const [measured = "", goal = "", value = "", range = "", verdict = ""] of rows) {
    const columns = [measured.padEnd(width), goal.padStart(8), value.padStart(12), range.padStart(18), verdict];
    process.stdout.write(`  ${columns.join("  ").trimEnd()}\n`);
  }
  return toResult(outcome, bench);
}

function readArguments(args: readonly string[]) {
  const options = {
    full: { type: "boolean", default: false },
    cases: { type: "string", default: "100000" },
    rounds: { type: "string", default: "5" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const names = positionals.length === 0 ? Object.keys(benchmarks) : positionals;
    const [cases, rounds] = [Number(values.cases), Number(values.rounds)];
    const isKnown = names.every((name) => name in benchmarks);
    if (!isKnown || !(cases >= 10_000) || !(rounds >= 1)) return null;
    return { names, cases, rounds, isFull: values.full };
  } catch {
    return null;
  }
}
