import { asksForHelp, UsageError, type Command } from "./command-line.ts";
import { describeCommandFailure } from "./command-failure.ts";

// What a command does not need is not loaded, nor what reaches outside before its words and settings are known to be right.
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve-command.ts")).serveCommand,
  migrate: async () => (await import("./migrate-command.ts")).migrateCommand,
  explain: async () => (await import("./explain-command.ts")).explainCommand,
  reconcile: async () => (await import("./reconcile-command.ts")).reconcileCommand,
  refresh: async () => (await import("./refresh-command.ts")).refreshCommand,
};

const usage = `Commands: ${Object.keys(commands).join(", ")}. Each shows with --help how it is used.\n`;

/** Runs one command on the given environment. Answers the process's exit code. */
export async function runCommand(
  [name = "serve", ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const isHelp = asksForHelp([name]);
    (isHelp ? process.stdout : process.stderr).write(isHelp ? usage : `Unknown command ${name}. ${usage}`);
    return isHelp ? 0 : 2;
  }
  const command = await load();
  if (asksForHelp(args)) {
    process.stdout.write(command.usage);
    return 0;
  }
  return attempt({ name, command }, environment, args);
}

async function attempt(
  { name, command }: { readonly name: string; readonly command: Command },
  ...given: Parameters<Command["run"]>
): Promise<number> {
  try {
    return await command.run(...given);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${command.usage}`);
      return 2;
    }
    const failure = describeCommandFailure(name, error);
    if (failure === null) throw error;
    process.stderr.write(`${failure}\n`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await runCommand(process.argv.slice(2), process.env);
