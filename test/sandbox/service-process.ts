import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { root } from "./sandbox-process.ts";

/** How a command ended and what it wrote. */
export interface CommandEnding {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command of the service as npm does, on an environment in which nothing but this is configured. */
export function runServiceCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandEnding> {
  return runSandboxCommand("service-command.ts", words, environment);
}

/** The same for a command of the sandbox, by the file that npm runs. */
export function runSandboxCommand(
  file: "service-command.ts" | "send-command.ts" | "status-command.ts",
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandEnding> {
  const { PATH = "", NODE_COMPILE_CACHE = "", HOME = tmpdir() } = process.env;
  const ended = Promise.withResolvers<CommandEnding>();
  const settings = { cwd: root, env: { PATH, NODE_COMPILE_CACHE, HOME, ...environment }, encoding: "utf8" } as const;
  execFile(process.execPath, [`sandbox/${file}`, ...words], settings, (error, output, errors) => {
    ended.resolve({ code: typeof error?.code === "number" ? error.code : 0, output, errors });
  });
  return ended.promise;
}
