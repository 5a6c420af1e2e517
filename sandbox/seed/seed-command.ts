import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { DependencyError } from "../../src/adapters/dependency-error.ts";
import { describeFirstPrisoners } from "../mpc/first-prisoners.ts";
import type { Prisoner } from "../mpc/prisoner.ts";
import { generatedPrisoners, listKnownDrift, type DriftGeneration } from "./drifted-cases.ts";
import { SeedRefusal, seedDatabase } from "./seed.ts";

const settingsSchema = z
  .object({
    url: z.string(),
    cases: z.coerce.number().int().min(0).max(1_000_000),
    seed: z.coerce.number().int().min(1),
    drift: z.coerce.number().min(0).max(100),
    to: z.string().min(1).optional(),
  })
  // Nobody could tell what drifts without the other side.
  .refine(({ drift, to }) => drift === 0 || to !== undefined);

type Settings = z.infer<typeof settingsSchema>;

const usage = `Usage: DATABASE_URL=postgres://… npm run seed -- [--cases 1000] [--seed 1] [--drift 1 --to folder]
The database must be empty; at most 1,000,000 cases.
  --to folder   writes there what Manage POM Cases says of the cases (prisoners.json, which its simulator can start with)
  --drift 1     lets one per cent of the cases that a reconciliation reads differ, in every way that there is; folder
                then holds which ones and how, too (drift.json)
`;

const settings = readSettings();
if (settings === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  process.exitCode = await seed(settings);
}

function readSettings(): Settings | undefined {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values, positionals } = parseArgs({
    options: { cases: text("1000"), seed: text("1"), drift: text("0"), to: { type: "string" } },
    strict: false,
    allowPositionals: true,
  });
  const { cases, seed: number, drift, to, ...unknown } = values;
  if (positionals.length > 0 || Object.keys(unknown).length > 0) return undefined;
  return settingsSchema.safeParse({ url: process.env["DATABASE_URL"], cases, seed: number, drift, to }).data;
}

async function seed({ to, url, ...generation }: Settings): Promise<number> {
  const began = performance.now();
  const { cases, drift } = generation;
  const onProgress = (done: number) => process.stdout.write(`${done} of ${cases} cases\n`);
  try {
    await seedDatabase({ url, ...generation, onProgress });
  } catch (error) {
    if (!(error instanceof SeedRefusal || error instanceof DependencyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  if (to !== undefined) await writeOtherSide(to, generation);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const share = drift === 0 ? "" : `, of which ${drift} % drift,`;
  process.stdout.write(`Seeded the sandbox's people and ${cases} generated cases${share} in ${seconds} s.\n`);
  return 0;
}

async function writeOtherSide(folder: string, generation: DriftGeneration): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeList(path.join(folder, "prisoners.json"), listPrisoners(generation));
  await writeList(path.join(folder, "drift.json"), listKnownDrift(generation));
}

function* listPrisoners(generation: DriftGeneration): Generator<Prisoner> {
  yield* describeFirstPrisoners();
  yield* generatedPrisoners(generation);
}

async function writeList(file: string, items: Iterable<unknown>): Promise<void> {
  await pipeline(Readable.from(writeItems(items)), createWriteStream(file));
}

function* writeItems(items: Iterable<unknown>): Generator<string> {
  let separator = "[\n";
  for (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ",\n";
  }
  yield separator.startsWith("[") ? "[]\n" : "\n]\n";
}
