import { parseArgs } from "node:util";
import { z } from "zod";
import { DependencyError } from "../../src/adapters/dependency-error.ts";
import { SeedRefusal, seedDatabase, type SeedSettings } from "./seed.ts";

const settingsSchema = z.object({
  url: z.string(),
  cases: z.coerce.number().int().min(0).max(1_000_000),
  seed: z.coerce.number().int().min(1),
});

const settings = readSettings();
if (settings === undefined) {
  const usage = "Usage: DATABASE_URL=postgres://… npm run seed -- [--cases 1000] [--seed 1]";
  process.stderr.write(`${usage}\nThe database must be empty; at most 1,000,000 cases.\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await seed(settings);
}

function readSettings(): z.infer<typeof settingsSchema> | undefined {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values, positionals } = parseArgs({
    options: { cases: text("1000"), seed: text("1") },
    strict: false,
    allowPositionals: true,
  });
  const { cases, seed: number, ...unknown } = values;
  if (positionals.length > 0 || Object.keys(unknown).length > 0) return undefined;
  return settingsSchema.safeParse({ url: process.env["DATABASE_URL"], cases, seed: number }).data;
}

async function seed({ cases = 0, ...rest }: SeedSettings): Promise<number> {
  const began = performance.now();
  const onProgress = (done: number) => process.stdout.write(`${done} of ${cases} cases\n`);
  try {
    await seedDatabase({ ...rest, cases, onProgress });
  } catch (error) {
    if (!(error instanceof SeedRefusal || error instanceof DependencyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`Seeded the sandbox's people and ${cases} generated cases in ${seconds} s.\n`);
  return 0;
}
