import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, chmod, constants, glob, mkdtemp, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { createDatabase, startPostgres, type Postgres } from "../sandbox/embedded-postgres.ts";
import { seedDatabase } from "../sandbox/seed/seed.ts";
import { listenForStop } from "../sandbox/stop-signal.ts";
import { UnfitPlace } from "../sandbox/unfit-place.ts";
import { joinFiles } from "./support/joined-files.ts";
import { templateName } from "./support/test-database.ts";

// Runs the tests: all of them, or those of the files and folders that are named. One PostgreSQL serves all suites, and
// each has a database of its own on it. Everything that a test writes is in one folder, which goes at the end, however
// the run ends. With `--whole`, the crash tests do all that docs/promises.md names.

const usage = `Usage: npm test [-- file-or-folder …]

Runs every test, or those of the named files and folders. Ctrl-C stops all of them and leaves nothing behind.

  --whole   the promises whole: 100 kills, 50,000 messages, 10,000 cases (npm run test:crash)
  --help    show this text
`;

const root = path.dirname(import.meta.dirname);
process.chdir(root);

const stopped = 130;
const patienceMs = 10_000;
/** Twice what the tests take on a busy machine. A test that hangs is a failure, and says so while someone still waits. */
const longestMs = 45 * 60_000;

/** The type of a file system in memory, from Linux's magic.h. */
const tmpfs = 0x01021994;
/** Ample by guess: a database has some tens of megabytes, and a few are there at once. */
const roomyBytes = 2 * 2 ** 30;

const words = process.argv.slice(2);
const isWhole = words.includes("--whole");
using stop = listenForStop();
process.exitCode = words.includes("--help") ? showUsage() : await main();

function showUsage(): number {
  process.stdout.write(usage);
  return 0;
}

async function main(): Promise<number> {
  const files = await findTests(words.filter((word) => word !== "--whole"));
  if (files.length === 0) {
    process.stderr.write("No test was found: name a file or a folder that holds one.\n");
    return 1;
  }
  try {
    return await runTests(files);
  } catch (error) {
    if (stop.signal.aborted) return stopped;
    if (!(error instanceof UnfitPlace)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function findTests(wanted: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of glob("{src,sandbox,test}/**/*.test.ts")) found.push(file);
  const isWanted = (file: string) =>
    wanted.length === 0 || wanted.some((name) => file === name || file.startsWith(path.normalize(`${name}/`)));
  return found.filter(isWanted).toSorted();
}

async function runTests(files: readonly string[]): Promise<number> {
  const directory = await makeFolder();
  // Of this process too: what it starts keeps its temporary files there.
  process.env["TMPDIR"] = directory;
  try {
    await using postgres = await startPostgres({ directory: path.join(directory, "postgres"), durable: false });
    await makeTemplate(postgres);
    const tests = isWhole ? files : await joinFiles(files, path.join(directory, "joined"));
    stop.signal.throwIfAborted();
    return await runRunner(tests, {
      TEST_POSTGRES_URL: postgres.url("postgres"),
      // The tests start the same files many times.
      NODE_COMPILE_CACHE: path.join(directory, "compiled"),
      ...(isWhole ? { TEST_FIGURES: "whole" } : {}),
    });
  } finally {
    await stopServersBelow(directory);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function makeFolder(): Promise<string> {
  const next = "set TMPDIR to a folder where that is allowed.";
  const parent = await findParent();
  const made = mkdtemp(path.join(parent, "manage-pom-cases-and-delius-test-"));
  const directory = await made.catch((cause: unknown) => {
    throw new UnfitPlace(`${parent} cannot be written, and the tests keep their files there: ${next}`, { cause });
  });
  await chmod(directory, 0o755);
  const program = path.join(directory, "program");
  await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
  try {
    await access(program, constants.X_OK);
  } catch (cause) {
    await rm(directory, { recursive: true });
    throw new UnfitPlace(`Programs may not be run from ${parent}, and the tests do so: ${next}`, { cause });
  }
  return directory;
}

/** Memory where there is plenty: each suite copies a database of hundreds of files, for which a disk takes ten times as long. */
async function findParent(): Promise<string> {
  if (process.env["TMPDIR"] !== undefined) return tmpdir();
  const memory = await statfs("/dev/shm").catch(() => null);
  const isRoomy = memory !== null && memory.type === tmpfs && memory.bavail * memory.bsize > roomyBytes;
  return isRoomy ? "/dev/shm" : tmpdir();
}

/** A sandbox that was killed by a test, or with it, leaves its database server. */
async function stopServersBelow(directory: string): Promise<void> {
  for await (const file of glob("**/postmaster.pid", { cwd: directory })) {
    const pid = Number.parseInt(await readFile(path.join(directory, file), "utf8").catch(() => ""), 10);
    if (pid > 0) endProcess(pid, "SIGKILL");
  }
}

/** A negative number is that of a group. */
function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

async function makeTemplate(postgres: Postgres): Promise<void> {
  await createDatabase(postgres.url("postgres"), templateName);
  await seedDatabase({ url: postgres.url(templateName) });
}

async function runRunner(tests: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  // Tests that do all at once would disturb each other's figures. Others wait now and then, and leave a core to two more.
  const atOnce = isWhole ? 1 : availableParallelism() + 2;
  const timeout = isWhole ? 3_600_000 : 120_000;
  const options = [`--test-concurrency=${atOnce}`, `--test-timeout=${timeout}`, "--test-reporter=spec"];
  // Node's limit is for a test. A file that does not end after its last one ends itself.
  const preloads = isWhole ? ["stray-errors.ts"] : ["stray-errors.ts", "hang.ts"];
  const imports = preloads.map((file) => `--import=${new URL(`support/${file}`, import.meta.url).href}`);
  // A service makes much that is soon rubbish: with room for it, less of it is looked through again and again.
  const memory = "--max-semi-space-size=64";
  // A group of their own: one signal reaches all of them, and what is left of them is found.
  const runner = spawn(process.execPath, [memory, ...imports, "--test", ...options, ...tests], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const ended = once(runner, "exit");
  stop.signal.addEventListener("abort", () => endGroup(runner));
  if (stop.signal.aborted) endGroup(runner);
  const limit = isWhole ? undefined : setTimeout(() => giveUp(runner), longestMs);
  await ended;
  clearTimeout(limit);
  endProcess(-Number(runner.pid), "SIGKILL");
  return stop.signal.aborted ? stopped : (runner.exitCode ?? 1);
}

function giveUp(runner: ChildProcess): void {
  const next = "A file whose result is missing above hangs: run it alone.";
  process.stderr.write(`The tests have not ended after ${longestMs / 60_000} minutes. ${next}\n`);
  endGroup(runner);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  endProcess(-pid, "SIGTERM");
  setTimeout(() => endProcess(-pid, "SIGKILL"), patienceMs).unref();
}
