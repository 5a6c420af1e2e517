import { openDatabase } from "../platform/database/pool.ts";
import { migrate } from "../platform/database/migration.ts";
import { findSessionFaults } from "../platform/database/session-faults.ts";
import { UnfitDatabase } from "../platform/database/unfit-database.ts";
import { splitOptions, type Command } from "./command-line.ts";
import { readDatabaseConfig } from "../app/config.ts";

const usage = `Usage: DATABASE_URL=postgres://… npm run migrate

Brings the database forward: our own schema mpc_delius always, the Delius tables only where the database is empty or
our migrations made them. Done twice it changes nothing. Its user must own the tables. DELIUS_SCHEMA names the schema of
the Delius tables.

  --help   show this text
`;

/** `npm run migrate`: brings the database of DATABASE_URL forward and says what was applied. */
export const migrateCommand: Command = { usage, run: migrateDatabase };

async function migrateDatabase(...[environment, args]: Parameters<Command["run"]>): Promise<number> {
  splitOptions("migrate", args, "the database is named by DATABASE_URL");
  const settings = readDatabaseConfig(environment);
  await using database = openDatabase({ ...settings, poolSize: 1 });
  const { faults } = await findSessionFaults(database, settings.schema);
  if (faults.length > 0) throw new UnfitDatabase(faults);
  const { origin, applied } = await migrate(database);
  const scope = origin === "foreign" ? "The Delius tables were made by others and were left alone. " : "";
  process.stdout.write(`${scope}Applied: ${applied.join(", ") || "nothing, all is up to date"}\n`);
  return 0;
}
