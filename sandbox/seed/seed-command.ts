import { parseArgs } from "node:util";
import { z } from "zod";
import { seedDatabase } from "./seed.ts";

const optionsSchema = z.object({
  cases: z.coerce.number().int().min(0).max(1_000_000),
  seed: z.coerce.number().int().min(1),
});

const { values } = parseArgs({
  options: { cases: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const parsed = optionsSchema.safeParse(values);
const url = process.env["DATABASE_URL"];
if (!parsed.success || url === undefined) {
  const usage = "Usage: DATABASE_URL=postgres://… npm run seed -- [--cases 1000] [--seed 1]";
  process.stderr.write(`${usage}\nThe database must be empty; at most 1,000,000 cases.\n`);
  process.exitCode = 2;
} else {
  const { cases, seed } = parsed.data;
  const began = performance.now();
  const onProgress = (done: number) => process.stdout.write(`${done} of ${cases} cases\n`);
  await seedDatabase({ url, cases, seed, onProgress });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`Seeded the sandbox's people and ${cases} generated cases in ${seconds} s.\n`);
}
