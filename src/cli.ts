import { openDatabase } from "./adapters/database.ts";
import { migrate } from "./adapters/migration.ts";
import { secret } from "./adapters/secret.ts";
import { ConfigError } from "./config.ts";
import { explain } from "./explain.ts";
import { serve } from "./main.ts";
import { reconcileCases } from "./reconcile.ts";
import { refreshCases } from "./refresh.ts";

type Command = (environment: NodeJS.ProcessEnv, args: readonly string[]) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  serve,
  migrate: migrateDatabase,
  explain,
  reconcile: reconcileCases,
  refresh: refreshCases,
};

/** Runs one command on the given environment. Answers the process's exit code. */
export async function runCommand(
  [name = "serve", ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const command = commands[name];
  if (command === undefined) {
    process.stderr.write(`There is no command ${name}: use ${Object.keys(commands).join(" or ")}.\n`);
    return 2;
  }
  try {
    return await command(environment, args);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** `npm run migrate`: brings the database of DATABASE_URL forward and says what was applied. */
async function migrateDatabase({
  DATABASE_URL: url,
  DELIUS_SCHEMA: schema = "public",
}: NodeJS.ProcessEnv): Promise<number> {
  if (url === undefined) throw new ConfigError(["Set DATABASE_URL: the database to migrate."]);
  await using database = openDatabase({ url: secret(url), poolSize: 1, schema });
  const { origin, applied } = await migrate(database);
  const scope = origin === "foreign" ? "The Delius tables are somebody else's and were left alone. " : "";
  process.stdout.write(`${scope}Applied: ${applied.join(", ") || "nothing, all is up to date"}\n`);
  return 0;
}

if (import.meta.main) process.exitCode = await runCommand(process.argv.slice(2), process.env);
