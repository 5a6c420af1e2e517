import { z } from "zod";
import { runProgram } from "./program.ts";
import type { Seeded, World } from "./world.ts";

const seconds = 5;
const explainedSchema = z.object({ perSecond: z.number() });

/** How many a second the database alone can do of something. Dispose removes its database. */
export interface DatabaseLimit extends AsyncDisposable {
  measure(): Promise<number>;
}

/** Runs our transaction's own statements, one message a transaction, on a database of their own. */
export async function startStatements(world: World, seeded: Seeded): Promise<DatabaseLimit> {
  const copy = await world.copy(seeded);
  return {
    measure: () => measure("bench/peers/statements-peer.ts", { DATABASE_URL: copy.url }),
    [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose](),
  };
}

/** Runs our query for one case alone, for the cases that a file of identifiers names. */
export function measureQuery(databaseUrl: string, identifiersFile: string): Promise<number> {
  return measure("bench/peers/query-peer.ts", { DATABASE_URL: databaseUrl, IDS: identifiersFile });
}

async function measure(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const told = await runProgram({ run: [file], environment: { SECONDS: String(seconds), ...environment } });
  return explainedSchema.parse(JSON.parse(told)).perSecond;
}
