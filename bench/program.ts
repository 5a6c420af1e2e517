import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { readProcessSeconds, readPeakBytes, readResidentBytes } from "./process-figures.ts";

/** A program that is measured, in a process of its own. Dispose ends it and waits until it is gone. */
export interface Program extends AsyncDisposable {
  /** The line of its output that told it was ready. */
  readonly readyLine: string;
  /** Seconds from its start to that line. */
  readonly readySeconds: number;
  /** Processor seconds that it has used so far. */
  processorSeconds(): number;
  residentBytes(): number;
  /** The most that it has had so far. */
  peakBytes(): number;
}

/** How a program is started. */
export interface ProgramSettings {
  /** The file below the project's root, and its arguments. */
  readonly run: readonly [file: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** What Node itself is given; nothing by default. */
  readonly nodeFlags?: readonly string[];
  /** A line of its output that holds this says that it is ready. */
  readonly readyWhen: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const root = path.dirname(import.meta.dirname);
const readyWithinMs = 60_000;
const impatienceMs = 20_000;

/** Starts a program and waits until it says that it is ready. Raises when it ends before, with what it said last. */
export async function startProgram({ run, environment, nodeFlags = [], readyWhen }: ProgramSettings): Promise<Program> {
  const { PATH = "" } = process.env;
  const [file, ...args] = run;
  const began = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, path.join(root, file), ...args], {
    env: { PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  const patience = setTimeout(() => child.kill("SIGKILL"), readyWithinMs);
  const readyLine = await waitForLine(child, file, readyWhen).finally(() => clearTimeout(patience));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} has no process number.`);
  return {
    readyLine,
    readySeconds: (performance.now() - began) / 1000,
    processorSeconds: () => readProcessSeconds(pid),
    residentBytes: () => readResidentBytes(pid),
    peakBytes: () => readPeakBytes(pid),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), impatienceMs);
      await ended;
      clearTimeout(impatience);
    },
  };
}

async function waitForLine(child: Child, file: string, readyWhen: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const last: string[] = [];
  const streams = [child.stdout, child.stderr];
  const readers = streams.map((stream) =>
    createInterface({ input: stream }).on("line", (line) => {
      last.push(line);
      if (last.length > 10) last.shift();
      if (line.includes(readyWhen)) resolve(line);
    }),
  );
  child.once("close", () => reject(new Error(`${file} ended too early: ${last.join("\n")}`)));
  const line = await promise;
  // From here on its output is taken and thrown away: reading it would cost time that it is not to be charged with.
  readers.forEach((reader) => reader.close());
  streams.forEach((stream) => stream.resume());
  return line;
}

/** Runs a program until it ends of itself. Answers the last line that it wrote to its output; raises when it fails, with what it said last. */
export async function runProgram({
  run,
  environment,
  nodeFlags = [],
}: Omit<ProgramSettings, "readyWhen">): Promise<string> {
  const { PATH = "" } = process.env;
  const [file, ...args] = run;
  const child = spawn(process.execPath, [...nodeFlags, path.join(root, file), ...args], {
    env: { PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const last = { output: "", log: "" };
  createInterface({ input: child.stdout }).on("line", (line) => (last.output = line));
  createInterface({ input: child.stderr }).on("line", (line) => (last.log = line));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`${file} ended with ${child.exitCode}: ${last.log} ${last.output}`);
  return last.output;
}
