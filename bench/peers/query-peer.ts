import { readFileSync } from "node:fs";
import type pg from "pg";
import { z } from "zod";
import { listStoredCases } from "../../src/api/case-record/case-record-store.ts";
import { readIdentifier } from "../../src/delius/person/person.ts";
import { captureStatements, openClients } from "./captured-statements.ts";

// The limit of the database for single reads: the service's own prepared query for one case, by the driver alone, with 32
// callers over two pipelined connections. Nothing is made of the rows. It prints `ready` when it begins, and the queries a
// second as JSON when SECONDS are over. IDS names a file with a JSON list of CRNs or NOMS numbers.

const settings = z
  .object({
    DATABASE_URL: z.string(),
    SECONDS: z.coerce.number().default(5),
    IDS: z.string(),
    CALLERS: z.coerce.number().default(32),
    CONNECTIONS: z.coerce.number().default(2),
  })
  .parse(process.env);

const warmUp = 50;

/** Goes on for as long as it may, and answers how often it did it. */
async function askWhile(goesOn: (count: number) => boolean, client: pg.Client, queries: readonly pg.QueryConfig[]) {
  let count = 0;
  while (goesOn(count)) {
    const query = queries[Math.floor(Math.random() * queries.length)];
    if (query === undefined) throw new Error("There is nothing to ask for.");
    await client.query(query);
    count += 1;
  }
  return count;
}

const identifiers = z.array(z.string()).parse(JSON.parse(readFileSync(settings.IDS, "utf8")));
const known = identifiers.map(readIdentifier).filter((identifier) => identifier !== null);
const captured = await captureStatements((tx) =>
  Promise.all(known.map((one) => listStoredCases(tx, [one], Date.now()))),
);
const queries = captured.map((query) => ({ ...query, values: [...query.values] }));
const clients = await openClients(settings.DATABASE_URL, settings.CONNECTIONS);
// Every connection prepares its statement before it is measured, as the service has when it is.
await Promise.all(clients.map((client) => askWhile((count) => count < warmUp, client, queries)));
process.stdout.write("ready\n");
const began = performance.now();
const end = began + settings.SECONDS * 1000;
const callers = clients.flatMap((client) => Array.from({ length: settings.CALLERS / clients.length }, () => client));
const counts = await Promise.all(callers.map((client) => askWhile(() => performance.now() < end, client, queries)));
const count = counts.reduce((sum, one) => sum + one, 0);
process.stdout.write(`${JSON.stringify({ perSecond: (count * 1000) / (performance.now() - began) })}\n`);
await Promise.all(clients.map((client) => client.end()));
