import { setImmediate } from "node:timers/promises";
import pg from "pg";
import { prepareAddress } from "../../src/platform/database/database-address.ts";
import { openDatabase } from "../../src/platform/database/pool.ts";
import { findDatabaseOrigin, migrate } from "../../src/platform/database/migration.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { loadInBulk } from "./bulk-load.ts";
import { addCase, type SeedCase } from "./case.ts";
import { driftedCases, type DriftGeneration } from "./drifted-cases.ts";
import { generateCases } from "./generate.ts";
import { generatedEstablishments, generatedOfficers } from "./generated-organisation.ts";
import { addOrganisation, establishments, officers, type Keys } from "./organisation.ts";
import { describePeople, overlappedPerson } from "./people.ts";
import { addOddities } from "./oddities.ts";
import { addOddRows } from "./odd-rows.ts";
import { advanceSequences, createRows, type SeedRows } from "./rows.ts";

/** What to seed beside the sandbox's people. */
export interface SeedSettings {
  readonly url: string;
  /** The same number gives the same data. */
  readonly seed?: number;
  /** How many invented cases to add. */
  readonly cases?: number;
  /** What share of the cases that a reconciliation reads is to drift, per cent; none by default. */
  readonly drift?: number;
  /** What counts as the present for the sandbox's people. */
  readonly now?: Date;
  /** Called as generated cases are written, with how many are. */
  readonly onProgress?: (done: number) => void;
}

/** A database is not to be seeded; the message tells a person why. */
export class SeedRefusal extends Error {
  override readonly name = "SeedRefusal";
}

const batch = 2_000;
const slice = 100;
const progressEach = 50_000;

/**
 * Migrates an empty database and fills it with the sandbox's people, and with generated cases where asked. Raises
 * {@link SeedRefusal} when the database's Delius tables are someone else's, or hold people already: a seed never mixes
 * with real data.
 */
export async function seedDatabase(settings: SeedSettings): Promise<void> {
  const { url, cases = 0, seed = 1, drift = 0, now = new Date() } = settings;
  await prepareDatabase(url);
  await withClient(url, async (client) => {
    const rows = createRows();
    const places = [...establishments, ...generatedEstablishments(cases)];
    const keys = addOrganisation(rows, places, [...officers, ...generatedOfficers(cases, seed)]);
    for (const person of describePeople(now)) addCase(rows, keys, person);
    await rows.flush(client);
    if (cases > 0) {
      await loadInBulk(client, () => loadCases({ client, rows, keys }, { ...settings, cases, seed, drift }));
      await addOddities(client);
    }
    await advanceSequences(client);
    // Last, so that neither the keys of the generated cases nor the sequences follow from theirs.
    await addOddRows(client, rows, keys);
    await analyse(client);
  });
}

interface Load {
  readonly client: pg.Client;
  readonly rows: SeedRows;
  readonly keys: Keys;
}

async function loadCases(
  { client, rows, keys }: Load,
  { onProgress, ...generation }: DriftGeneration & Pick<SeedSettings, "onProgress">,
): Promise<void> {
  let done = 0;
  let copied = Promise.resolve();
  for (const generated of generation.drift > 0 ? driftedCases(generation) : generateCases(generation)) {
    addCase(rows, keys, generated);
    done += 1;
    // The database takes in one batch while the next is made.
    if (done % slice === 0) await Promise.race([copied, setImmediate()]);
    if (done % batch !== 0) continue;
    await copied;
    copied = rows.flush(client);
    if (done % progressEach === 0) onProgress?.(done);
  }
  await copied;
  await rows.flush(client);
}

// Not our own tables: the planner takes one of which it knows nothing for larger than one that it saw empty.
async function analyse(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = current_schema()",
  );
  await client.query(`analyze ${rows.map(({ name }) => name).join(", ")}`);
}

/** Adds cases to a database that is seeded already; their officers and teams must be there. */
export async function seedCases(url: string, cases: readonly SeedCase[]): Promise<void> {
  await withClient(url, async (client) => {
    const rows = createRows();
    const keys = await readKeys(client);
    for (const one of cases) addCase(rows, keys, one);
    await rows.flush(client);
    await advanceSequences(client);
  });
}

/**
 * Adds the person whose POM rows overlap, as the original service can leave them. Drops the constraint that refuses
 * such rows: only for a test's own database.
 */
export async function seedOverlap(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("alter table prison_offender_manager drop constraint ours_pom_no_overlap");
  });
  await seedCases(url, [overlappedPerson]);
}

async function prepareDatabase(url: string): Promise<void> {
  await using database = openDatabase({ url: secret(url), poolSize: 1, schema: "public" });
  if ((await findDatabaseOrigin(database)) === "foreign") {
    throw new SeedRefusal("This database holds Delius tables that are not of our making: it is not seeded.");
  }
  await migrate(database);
  await withClient(url, async (client) => {
    const { rowCount } = await client.query("select from offender limit 1");
    if (rowCount !== 0) throw new SeedRefusal("This database holds people already: seed an empty one.");
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: prepareAddress(url) });
  await client.connect();
  try {
    await client.query("begin");
    await work(client);
    await client.query("commit");
  } finally {
    await client.end();
  }
}

async function readKeys(client: pg.Client): Promise<Keys> {
  const find = async (query: string) => {
    const { rows } = await client.query<{ code: string; key: string }>(query);
    // Codes repeat: the lowest key stands last, and stays.
    const keys = new Map(rows.map(({ code, key }) => [code.trim(), Number(key)]));
    return (code: string) => keys.get(code) ?? 0;
  };
  const reference = await find(`
    select code_set_name || '/' || code_value as code, standard_reference_list_id as key
    from r_standard_reference_list join r_reference_data_master using (reference_data_master_id)`);
  return {
    reference: (set, code) => reference(`${set}/${code}`),
    registerType: await find("select code, register_type_id as key from r_register_type"),
    provider: await find("select code, probation_area_id as key from probation_area"),
    team: await find("select code, team_id as key from team order by team_id desc"),
    staff: await find("select officer_code as code, staff_id as key from staff order by staff_id desc"),
  };
}
