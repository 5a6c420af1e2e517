import type { App } from "../app/app.ts";
import { describeCommandFailure } from "./command-failure.ts";
import { splitOptions, type Command } from "./command-line.ts";
import { ConfigError, readConfig, type Config } from "../app/config.ts";

const stopSignals = ["SIGTERM", "SIGINT"] as const;

/** Less than the time Kubernetes gives a process to stop. Messages not given back by then come back by themselves. */
export const longestStopMs = 24_000;
// What was left behind, for its other side is silent, ends with us.
const leftBehindMs = 500;

const usage = `Usage: node src/commands/cli.ts serve

Runs the service on the parts that the environment names until it is asked to stop; docs/configuration.md lists the
variables. \`npm start\` does the same, or starts the sandbox where nothing is configured.

  --help   show this text
`;

/** Runs the service: what an image starts. */
export const serveCommand: Command = {
  usage,
  run: (environment, args) => {
    splitOptions("serve", args, "the environment says what the service works with");
    return serve(environment);
  },
};

/** Runs the service on the given environment until it is asked to stop. Answers the process's exit code. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<number> {
  const stop = Promise.withResolvers<void>();
  stopSignals.forEach((name) => process.once(name, () => stop.resolve()));
  try {
    const config = readConfig(environment);
    const { createApp } = await import("../app/app.ts");
    await runUntil(stop.promise, createApp(config), config);
    setTimeout(() => process.exit(0), leftBehindMs).unref();
    return 0;
  } catch (error) {
    const failure = describeCommandFailure("serve", error);
    if (failure === null) throw error;
    process.stderr.write(`${failure}\n`);
    return 1;
  }
}

const listenFaults: Readonly<Record<string, (config: Config) => string>> = {
  EADDRINUSE: ({ port }) => `PORT: something else listens on port ${port} already: stop it, or set another.`,
  EACCES: ({ port }) => `PORT: this user may not listen on port ${port}: set one above 1023.`,
  EADDRNOTAVAIL: ({ host }) => `HOST: this machine has no network interface with the address ${host}.`,
  ENOTFOUND: ({ host }) => `HOST: no address found for ${host}.`,
};

/** What keeps the API from listening is the configuration's fault, and all else stays as it is. */
function nameListenFault(error: unknown, config: Config): unknown {
  const isListening = error instanceof Error && "syscall" in error && "code" in error;
  const describe = isListening ? listenFaults[String(error.code)] : undefined;
  return describe === undefined ? error : new ConfigError([describe(config)]);
}

async function runUntil(stopped: Promise<void>, service: App, config: Config): Promise<void> {
  await using app = service;
  const started = app.start().catch((error: unknown) => Promise.reject(nameListenFault(error, config)));
  await Promise.race([started, stopped]);
  await stopped;
  setTimeout(() => process.exit(1), longestStopMs).unref();
}
