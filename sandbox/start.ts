import { parseArgs } from "node:util";
import { listenForStop } from "./stop-signal.ts";

const usage = `Usage: npm start [-- --fresh | --story]

Starts the service. With nothing configured it starts the sandbox: the service on stand-ins of everything that it talks
to, with state under .sandbox/ (or in the folder that SANDBOX_DIRECTORY names). For root, where other users may not enter
that folder, the database lies in the system's temporary folder, and the start says where.
Where that sandbox runs already, it shows what npm run status shows.

  --fresh   forget the state of earlier starts and begin anew
  --story   print what the scenario did once more, as a table
  --help    show this text
`;

// Before anything else is loaded: from here on, a Ctrl-C means to stop in order.
const stop = listenForStop();
process.exitCode = await start(process.argv.slice(2));

async function start(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null || options.help) {
    (options === null ? process.stderr : process.stdout).write(usage);
    return options === null ? 2 : 0;
  }
  const { chooseStart } = await import("./start-choice.ts");
  const choice = chooseStart(process.env);
  switch (choice.kind) {
    case "refused":
      process.stderr.write(`${choice.explanation}\n`);
      return 1;
    case "service":
      if (!options.fresh && !options.story) return startService();
      process.stderr.write(
        "--fresh and --story are for the sandbox, and the environment is that of the service alone.\n",
      );
      return 2;
    case "sandbox":
      return startSandbox(options, choice.databaseUrl);
  }
}

async function startService(): Promise<number> {
  const { serve } = await import("../src/commands/serve-command.ts");
  if (stop.signal.aborted) return 0;
  stop[Symbol.dispose]();
  return serve(process.env);
}

/** What it loads is not installed in production, where no one gets here. */
async function startSandbox({ fresh, story }: Options, databaseUrl: string | null): Promise<number> {
  const { runSandbox } = await import("./sandbox-run.ts");
  const { locateState } = await import("./start-choice.ts");
  const wanted = { directory: locateState(process.env), isFresh: fresh, isStoryWanted: story, databaseUrl };
  return runSandbox({ environment: process.env, ...wanted, stop: stop.signal });
}

interface Options {
  readonly fresh: boolean;
  readonly story: boolean;
  readonly help: boolean;
}

function readOptions(args: readonly string[]): Options | null {
  const flag = { type: "boolean", default: false } as const;
  const options = { fresh: flag, story: flag, help: flag };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n`);
    return null;
  }
}
