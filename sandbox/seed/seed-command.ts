import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { describeCommandFailure } from "../../src/commands/command-failure.ts";
import { asksForHelp, readOptions, splitOptions, UsageError } from "../../src/commands/command-line.ts";
import { readDatabaseConfig } from "../../src/app/config.ts";
import { describeFirstPrisoners } from "../mpc/first-prisoners.ts";
import type { Prisoner } from "../mpc/prisoner.ts";
import { generatedPrisoners, listKnownDrift, type DriftGeneration } from "./drifted-cases.ts";
import { SeedRefusal, seedDatabase } from "./seed.ts";

const count = (least: number, most: number) => {
  const fault = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, fault)
    .transform(Number)
    .pipe(z.int().min(least, fault).max(most, fault));
};
const wrongShare = "must be a share from 0 to 100, per cent";

const optionsSchema = z
  .object({
    cases: count(0, 1_000_000).prefault("1000"),
    seed: count(1, 999_999_999).prefault("1"),
    drift: z
      .string()
      .regex(/^\d{1,3}(\.\d+)?$/, wrongShare)
      .transform(Number)
      .pipe(z.number().max(100, wrongShare))
      .prefault("0"),
    to: z.string().min(1, "must name a folder").optional(),
  })
  // No one could say what drifts without the other side.
  .refine(({ drift, to }) => drift === 0 || to !== undefined, "--drift needs --to: the folder of what is to be found");

type Settings = z.infer<typeof optionsSchema> & { readonly url: string };

const usage = `Usage: DATABASE_URL=postgres://… npm run seed -- [--cases 1000] [--seed 1] [--drift 1 --to folder]
The database must be empty; at most 1,000,000 cases.
  --to folder   writes there what Manage POM Cases says of the cases (prisoners.json, which its simulator can start with)
  --drift 1     lets one per cent of the cases that a reconciliation reads differ, in every way that there is; folder
                then holds which ones and how, too (drift.json)
  --help        shows this text
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  if (asksForHelp(args)) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const options = readOptions(optionsSchema, splitOptions("seed", args, "say --cases 1000 for 1,000 cases"));
    const { url } = readDatabaseConfig(process.env);
    return await seed({ ...options, url: url.reveal() });
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      return 2;
    }
    const failure = error instanceof SeedRefusal ? error.message : describeCommandFailure("seed", error);
    if (failure === null) throw error;
    process.stderr.write(`${failure}\n`);
    return 1;
  }
}

async function seed({ to, url, ...generation }: Settings): Promise<number> {
  const began = performance.now();
  const { cases, drift } = generation;
  const onProgress = (done: number) => process.stdout.write(`${done} of ${cases} cases\n`);
  await seedDatabase({ url, ...generation, onProgress });
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
