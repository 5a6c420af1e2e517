import { spawn } from "node:child_process";
import { once } from "node:events";
import { glob, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { createDatabase, startPostgres, type Postgres } from "../sandbox/embedded-postgres.ts";
import { seedDatabase } from "../sandbox/seed/seed.ts";
import { templateName } from "./support/test-database.ts";

// Runs the tests: all of them, or those of the files and folders that are named. One PostgreSQL serves all suites, and
// each has a database of its own on it. With `--whole`, the crash tests do all that spec 5.5 asks for.

const root = path.dirname(import.meta.dirname);
process.chdir(root);

const isWhole = process.argv.includes("--whole");
const files = await findTests(process.argv.slice(2).filter((word) => word !== "--whole"));
if (files.length === 0) {
  process.stderr.write("No test was found: name a file or a folder that holds one.\n");
  process.exitCode = 1;
} else {
  process.exitCode = await runTests(files);
}

async function findTests(wanted: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of glob("{src,sandbox,test}/**/*.test.ts")) found.push(file);
  const isWanted = (file: string) =>
    wanted.length === 0 || wanted.some((name) => file === name || file.startsWith(path.normalize(`${name}/`)));
  return found.filter(isWanted).toSorted();
}

async function runTests(tests: readonly string[]): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-test-"));
  try {
    await using postgres = await startPostgres({ directory, durable: false });
    await makeTemplate(postgres);
    return await spawnRunner(tests, {
      TEST_POSTGRES_URL: postgres.url("postgres"),
      // The tests start the same files many times.
      NODE_COMPILE_CACHE: path.join(directory, "compiled"),
      ...(isWhole ? { TEST_FIGURES: "whole" } : {}),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeTemplate(postgres: Postgres): Promise<void> {
  await createDatabase(postgres.url("postgres"), templateName);
  await seedDatabase({ url: postgres.url(templateName) });
}

async function spawnRunner(tests: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  // Tests that do all at once would disturb each other's figures.
  const atOnce = isWhole ? 1 : availableParallelism();
  const timeout = isWhole ? 3_600_000 : 120_000;
  const options = [`--test-concurrency=${atOnce}`, `--test-timeout=${timeout}`, "--test-reporter=spec"];
  const runner = spawn(process.execPath, ["--test", ...options, ...tests], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  // The terminal's Ctrl-C reaches the runner too; what is left to do here is to wait for it and to tidy up.
  const ignore = () => undefined;
  process.on("SIGINT", ignore).on("SIGTERM", () => runner.kill("SIGTERM"));
  await once(runner, "exit");
  return runner.exitCode ?? 1;
}
