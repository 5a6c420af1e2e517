import path from "node:path";
import { chooseStart } from "./start-choice.ts";

const root = path.dirname(import.meta.dirname);

const noSandbox = "Nothing is configured, and no sandbox runs here: start one with `npm start`.";
const onlyDatabase =
  "Of the real parts only DATABASE_URL is set, and no sandbox runs here: set the others too, or start one with `npm start`.";
const needsDatabase = "The sandbox that runs here works on a database of yours: set DATABASE_URL as for its start.";
const leftOut = "DATABASE_URL is left out: a sandbox runs here, and this is about its database.";

process.exitCode = await run(process.argv.slice(2));

/** Runs a command of the service on what is configured, and on the sandbox that runs here where only a part of that is. */
async function run(words: readonly string[]): Promise<number> {
  const choice = chooseStart(process.env);
  if (choice.kind === "refused") {
    process.stderr.write(`${choice.explanation}\n`);
    return 1;
  }
  const fault = choice.kind === "sandbox" && !words.includes("--help") ? await useSandbox(choice.databaseUrl) : null;
  if (fault !== null) {
    process.stderr.write(`${fault}\n`);
    return 1;
  }
  const { runCommand } = await import("../src/commands/cli.ts");
  return runCommand(words, process.env);
}

/**
 * Takes the variables of the sandbox that runs here; the AWS SDK looks for its credentials in the process itself, so that
 * is where they go. Answers a sentence for the user where that is not to be.
 */
async function useSandbox(databaseUrl: string | null): Promise<string | null> {
  const { readVariables } = await import("./sandbox-state.ts");
  const directory = path.resolve(process.env["SANDBOX_DIRECTORY"] || path.join(root, ".sandbox"));
  const variables = await readVariables(directory);
  if (variables === null) return databaseUrl === null ? noSandbox : onlyDatabase;
  if (variables["DATABASE_URL"] === undefined && databaseUrl === null) return needsDatabase;
  if (variables["DATABASE_URL"] !== undefined && databaseUrl !== null) process.stderr.write(`${leftOut}\n`);
  Object.assign(process.env, variables);
  return null;
}
