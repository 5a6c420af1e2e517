import path from "node:path";
import { chooseStart } from "./start-choice.ts";

const root = path.dirname(import.meta.dirname);

process.exitCode = await run(process.argv.slice(2));

/** Runs a command of the service on what is configured, and on the running sandbox where nothing is. */
async function run(words: readonly string[]): Promise<number> {
  const choice = chooseStart(process.env);
  const isForSandbox = choice.kind === "sandbox" && choice.databaseUrl === null;
  if (isForSandbox && !(await takeVariables()) && !words.includes("--help")) {
    process.stderr.write("Nothing is configured, and no sandbox runs here: start one with `npm start`.\n");
    return 1;
  }
  if (choice.kind === "refused") {
    process.stderr.write(`${choice.explanation}\n`);
    return 1;
  }
  const { runCommand } = await import("../src/cli.ts");
  return runCommand(words, process.env);
}

/** The AWS SDK looks for its credentials in the process itself, so that is where they go. False: no sandbox runs. */
async function takeVariables(): Promise<boolean> {
  const { readVariables } = await import("./sandbox-state.ts");
  const directory = path.resolve(process.env["SANDBOX_DIRECTORY"] || path.join(root, ".sandbox"));
  const variables = await readVariables(directory);
  Object.assign(process.env, variables);
  return variables !== null;
}
