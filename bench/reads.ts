import { writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { findFreePort } from "../sandbox/free-port.ts";
import { createChance } from "../sandbox/seed/random-numbers.ts";
import { benchClients } from "./clients.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { loadServer, type Load, type LoadReading } from "./http-load.ts";
import { startProgram, type Program } from "./program.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";
import { measureQuery } from "./database-limit.ts";
import { startService, startStandIns, withClient, type Seeded } from "./world.ts";

const seconds = 4;
const connections = 32;
const callers = 20;
const batchSize = 500;

/** What a server did under load, and the processor seconds that it used for it. */
export interface ServerReading extends LoadReading {
  readonly ownSeconds: number;
  readonly serverSeconds: number;
}

/** A server that is measured. */
interface Server {
  readonly program: Program;
  readonly origin: string;
}

/** What every request needs. */
export interface Reader {
  readonly crns: readonly string[];
  /** A request for a random case by one of many callers. */
  nextRead(): ReturnType<Load["next"]>;
  nextBatch(): ReturnType<Load["next"]>;
}

const tokenSchema = z.object({ access_token: z.string() });
const crnRows = z.array(z.object({ crn: z.string() }));

/** Reads which cases there are, and gets tokens for callers. */
export async function createReader(seeded: Seeded, tokenUrl: string): Promise<Reader> {
  const { rows } = await withClient(seeded.url, (client) =>
    client.query(
      "select rtrim(crn) as crn from offender where soft_deleted = 0 and training_session_id is null order by offender_id",
    ),
  );
  const crns = crnRows.parse(rows).map(({ crn }) => crn);
  const tokens = await Promise.all(Array.from({ length: callers }, () => fetchToken(tokenUrl)));
  const chance = createChance(7);
  const headers = () => ({ authorization: `Bearer ${chance.pick(tokens)}`, "content-type": "application/json" });
  return {
    crns,
    nextRead: () => ({ path: `/case-records/${chance.pick(crns)}`, method: "GET", headers: headers() }),
    nextBatch: () => {
      const identifiers = Array.from({ length: batchSize }, () => chance.pick(crns));
      return { path: "/case-records/batch", method: "POST", headers: headers(), body: JSON.stringify({ identifiers }) };
    },
  };
}

async function fetchToken(tokenUrl: string): Promise<string> {
  const [, { id, secret }] = benchClients;
  const answer = await fetch(tokenUrl, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  return tokenSchema.parse(await answer.json()).access_token;
}

const names = {
  ours: "the service",
  peer: "Express and Knex",
  bare: "bare Fastify",
  query: "our query alone",
} as const;

/** One case at a time, by random CRN, with real tokens. */
export async function benchReads(bench: Bench): Promise<Outcome> {
  const readings = await raceReaders(bench);
  const served = (name: string) =>
    (readings.get(name) ?? []).filter((reading): reading is ServerReading => typeof reading !== "number");
  const rates = (name: string) =>
    (readings.get(name) ?? []).map((reading) => (typeof reading === "number" ? reading : rateOf(reading)));
  const own = served(names.ours);
  const against = (name: string, least?: number): Figure => ({
    measure: `reads against ${name}`,
    unit: "×",
    goal: least === undefined ? undefined : { atLeast: least },
    ...ratioOf(rates(names.ours), rates(name)),
  });
  const costs = own.map(costOf);
  const bars = Object.values(names).map((name) => ({ name, ...spreadOf(rates(name)) }));
  const tail = (name: string) => spreadOf(served(name).map(({ p99 }) => p99));
  return {
    figures: [
      { measure: "reads", unit: "/s", ...spreadOf(rates(names.ours)) },
      against(names.peer, 15),
      against(names.bare, 0.3),
      against(names.query),
      {
        measure: "own CPU per read against bare Fastify",
        unit: "×",
        goal: { atMost: 2.5 },
        ...ratioOf(costs, served(names.bare).map(costOf)),
      },
      { measure: "own CPU per read", unit: "ms", ...spreadOf(costs) },
      { measure: "p50 of reads", unit: "ms", ...spreadOf(own.map(({ p50 }) => p50)) },
      { measure: "p99 of reads", unit: "ms", goal: { atMost: 25 }, ...tail(names.ours) },
      { measure: "p99 of the peer's reads", unit: "ms", ...tail(names.peer) },
    ],
    charts: [{ title: "Reads a second at 32 connections", unit: "/s", bars }],
  };
}

async function raceReaders(bench: Bench): Promise<ReadonlyMap<string, readonly (ServerReading | number)[]>> {
  await using resources = new AsyncDisposableStack();
  const { seeded, environment, reader, ours } = await startOurs(bench, resources);
  const peer = await startServer("bench/peers/api-peer.ts", environment);
  resources.use(peer.program);
  const bare = await startServer("bench/peers/bare-peer.ts", {
    ANSWER_FILE: await recordAnswer(ours, { reader, seeded }),
  });
  resources.use(bare.program);
  const identifiers = path.join(path.dirname(seeded.populationFile), "crns.json");
  await writeFile(identifiers, JSON.stringify(reader.crns));
  const contender = (name: string, server: Server): Contender<ServerReading | number> => ({
    name,
    measure: () => measureServer(bench, server, { connections, next: () => reader.nextRead() }),
  });
  return await interleave<ServerReading | number>(
    [
      contender(names.ours, ours),
      contender(names.peer, peer),
      contender(names.bare, bare),
      { name: names.query, measure: () => measureQuery(environment["DATABASE_URL"] ?? "", identifiers) },
    ],
    bench.rounds,
  );
}

async function startOurs({ world, cases }: Bench, resources: AsyncDisposableStack) {
  const seeded = await world.seeded(cases);
  const copy = resources.use(await world.copy(seeded));
  const standIns = resources.use(await startStandIns(seeded));
  const environment: Readonly<Record<string, string>> = { DATABASE_URL: copy.url, ...standIns.environment };
  const reader = await createReader(seeded, environment["AUTH_TOKEN_URL"] ?? "");
  const ours = await startApi(environment);
  resources.use(ours.program);
  return { seeded, environment, reader, ours };
}

/** Batches of 500 against single calls, both of ours. */
export async function benchBatches(bench: Bench): Promise<Outcome> {
  await using resources = new AsyncDisposableStack();
  const { reader, ours } = await startOurs(bench, resources);
  const singles = { connections, next: () => reader.nextRead() };
  const batches = { connections: 4, next: () => reader.nextBatch() };
  const readings = await interleave(
    [
      { name: "single", measure: () => measureServer(bench, ours, singles) },
      { name: "batch", measure: () => measureServer(bench, ours, batches) },
    ],
    bench.rounds,
  );
  const single = (readings.get("single") ?? []).map(costOf);
  const batch = (readings.get("batch") ?? []).map((reading) => costOf(reading) / batchSize);
  const databaseCosts = (name: string, records: number) =>
    (readings.get(name) ?? []).map(({ serverSeconds, requests }) => (serverSeconds * 1000) / (requests * records));
  const recordsPerSecond = (readings.get("batch") ?? []).map((reading) => rateOf(reading) * batchSize);
  const figures: readonly Figure[] = [
    {
      measure: "own CPU per record in a batch of 500 against single calls",
      unit: "×",
      goal: { atMost: 0.2 },
      ...ratioOf(batch, single),
    },
    { measure: "own CPU per record in a batch of 500", unit: "ms", ...spreadOf(batch) },
    { measure: "own CPU per record by single calls", unit: "ms", ...spreadOf(single) },
    {
      measure: "PostgreSQL's CPU per record in a batch of 500",
      unit: "ms",
      ...spreadOf(databaseCosts("batch", batchSize)),
    },
    { measure: "PostgreSQL's CPU per record by single calls", unit: "ms", ...spreadOf(databaseCosts("single", 1)) },
    { measure: "records in batches of 500", unit: "/s", ...spreadOf(recordsPerSecond) },
  ];
  return { figures, charts: [] };
}

/** Requests a second. */
export function rateOf({ requests, seconds: taken }: LoadReading): number {
  return requests / taken;
}

/** Processor milliseconds a request. */
function costOf({ ownSeconds, requests }: ServerReading): number {
  return (ownSeconds * 1000) / requests;
}

/** Puts load on a server and says what it cost. */
export async function measureServer(
  { world }: Pick<Bench, "world">,
  { program, origin }: Server,
  load: Pick<Load, "connections" | "next">,
): Promise<ServerReading> {
  const before = { own: program.processorSeconds(), server: world.serverSeconds() };
  const reading = await loadServer({ origin, seconds, ...load });
  return {
    ...reading,
    ownSeconds: program.processorSeconds() - before.own,
    serverSeconds: world.serverSeconds() - before.server,
  };
}

/** Starts the service as an API alone. */
async function startApi(environment: Readonly<Record<string, string>>): Promise<Server> {
  const port = await findFreePort();
  const program = await startService({ ...environment, PORT: String(port) });
  return { program, origin: `http://127.0.0.1:${port}` };
}

async function startServer(file: string, environment: Readonly<Record<string, string>>): Promise<Server> {
  const settings = { NODE_ENV: "production", ...environment };
  const program = await startProgram({ run: [file], environment: settings, readyWhen: "ready " });
  return { program, origin: `http://127.0.0.1:${program.readyLine.slice("ready ".length)}` };
}

async function recordAnswer(
  { origin }: Server,
  { reader, seeded }: { readonly reader: Reader; readonly seeded: Seeded },
): Promise<string> {
  const { path: address, headers } = reader.nextRead();
  const answer = await fetch(origin + address, { headers: z.record(z.string(), z.string()).parse(headers) });
  const file = path.join(path.dirname(seeded.populationFile), "answer.json");
  await writeFile(file, await answer.text());
  return file;
}
