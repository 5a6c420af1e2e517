import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { z } from "zod";
import { createDatabase, dropDatabase, startPostgres, type PostgresSettings } from "../sandbox/embedded-postgres.ts";
import { dropOurRules } from "../sandbox/seed/our-rules.ts";
import { seedDatabase } from "../sandbox/seed/seed.ts";
import { readPopulation, type Population } from "./population.ts";
import { readParent, readServerSeconds } from "./process-figures.ts";
import { startProgram, type Program } from "./program.ts";

/** A database server with seeded databases on it. Dispose removes all of it. */
export interface World extends AsyncDisposable {
  /** Processor seconds that the database server has used so far. */
  serverSeconds(): number;
  /** A seeded database of so many cases; made on first use, and never changed. */
  seeded(cases: number): Promise<Seeded>;
  /** A copy of a seeded database that a contender may change. */
  copy(seeded: Seeded): Promise<Copy>;
}

/** A seeded database, and whom events about it can be about. */
export interface Seeded {
  readonly name: string;
  readonly url: string;
  readonly cases: number;
  readonly population: Population;
  /** A file that holds the population. */
  readonly populationFile: string;
}

/** A database of one contender. Dispose removes it. */
export interface Copy extends AsyncDisposable {
  readonly url: string;
}

/** Starts a durable PostgreSQL on a directory of its own. */
export async function createWorld(): Promise<World> {
  await using making = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-bench-"));
  making.defer(() => rm(directory, { recursive: true, force: true }));
  const settings = { directory: path.join(directory, "postgres") };
  await prepareServer(settings);
  const postgres = making.use(await startPostgres(settings));
  const server = postgres.url("postgres");
  // A session's parent is the server; it is gone when the session has ended.
  const postmaster = await withClient(server, async (client) => readParent(await readSession(client)));
  const known = new Map<number, Promise<Seeded>>();
  let copies = 0;
  const seed = async (cases: number): Promise<Seeded> => {
    const name = `seeded_${cases}`;
    const url = postgres.url(name);
    await createDatabase(server, name);
    await fill(url, cases);
    const population = await readPopulation(url);
    const populationFile = path.join(directory, `${name}.json`);
    await writeFile(populationFile, JSON.stringify(population));
    return { name, url, cases, population, populationFile };
  };
  const resources = making.move();
  return {
    serverSeconds: () => readServerSeconds(postmaster),
    seeded: (cases) => {
      const found = known.get(cases) ?? seed(cases);
      known.set(cases, found);
      return found;
    },
    copy: async ({ name }) => {
      copies += 1;
      const copied = `copy_${copies}`;
      await createDatabase(server, copied, name);
      await settleDown(postgres.url(copied));
      return { url: postgres.url(copied), [Symbol.asyncDispose]: () => dropDatabase(server, copied) };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/**
 * As in production, the server has a cache for what is often read; as it comes, it has one of 128 MiB. It keeps when each transaction was
 * committed, so that one can read afterwards how long a message took.
 */
async function prepareServer(settings: PostgresSettings): Promise<void> {
  await using postgres = await startPostgres(settings);
  await withClient(postgres.url("postgres"), async (client) => {
    await client.query("alter system set shared_buffers = '4GB'");
    await client.query("alter system set track_commit_timestamp = on");
  });
}

const sessionRow = z.tuple([z.object({ pid: z.int() })]);

async function readSession(client: pg.Client): Promise<number> {
  const { rows } = await client.query("select pg_backend_pid() as pid");
  const [{ pid }] = sessionRow.parse(rows);
  return pid;
}

/** Seeds a database. In production the service meets Delius's own constraints, and no others. */
async function fill(url: string, cases: number): Promise<void> {
  await seedDatabase({ url, cases });
  await withClient(url, dropOurRules);
}

/** What a copy leaves to be done later is done before anything is measured, and all of it is in the server's cache. */
async function settleDown(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("create extension pg_prewarm");
    await client.query(
      "select pg_prewarm(oid) from pg_class where relkind in ('r', 'i') and relnamespace <> 'pg_catalog'::regnamespace",
    );
    await client.query("checkpoint");
  });
}

/** Does work on a connection of its own. */
export async function withClient<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const environmentSchema = z.record(z.string(), z.string());

/** The stand-ins of one contender. */
export interface StandIns extends AsyncDisposable {
  readonly program: Program;
  /** What points a consumer to them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts queue, HMPPS Auth, Manage POM Cases and directory in a process of their own. */
export async function startStandIns(
  { populationFile }: Pick<Seeded, "populationFile">,
  settings: Readonly<Record<string, string>> = {},
): Promise<StandIns> {
  const program = await startProgram({
    run: ["bench/parts/stand-ins.ts"],
    environment: { POPULATION: populationFile, ...settings },
    readyWhen: "ready ",
  });
  const environment = environmentSchema.parse(JSON.parse(program.readyLine.slice("ready ".length)));
  return { program, environment, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** Starts the service against a database and stand-ins. */
export function startService(
  environment: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): Promise<Program> {
  return startProgram({
    nodeFlags,
    run: ["src/commands/cli.ts", "serve"],
    environment: { HOST: "127.0.0.1", API_REQUESTS_PER_SECOND: "1000000", ...environment },
    readyWhen: '"consumer started"',
  });
}
