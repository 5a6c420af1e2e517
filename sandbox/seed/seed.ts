import pg from "pg";
import { openDatabase } from "../../src/adapters/database.ts";
import { findDatabaseOrigin, migrate } from "../../src/adapters/migration.ts";
import { secret } from "../../src/adapters/secret.ts";
import { addCase } from "./case.ts";
import { generateCases, generatedEstablishments, generatedOfficers } from "./generate.ts";
import { addOrganisation, establishments, officers, type Keys } from "./organisation.ts";
import { describePeople, overlappedPerson } from "./people.ts";
import { advanceSequences, createRows } from "./rows.ts";

/** What to seed beside the sandbox's people. */
export interface SeedSettings {
  readonly url: string;
  /** The same number gives the same data. */
  readonly seed?: number;
  /** How many invented cases to add. */
  readonly cases?: number;
  /** What counts as the present. */
  readonly now?: Date;
  /** Called as generated cases are written, with how many are. */
  readonly onProgress?: (done: number) => void;
}

const batch = 5_000;

/**
 * Migrates an empty database and fills it with the sandbox's people, and with generated cases where asked. Raises when
 * the database's Delius tables are somebody else's, or hold people already: a seed never mixes with real data.
 */
export async function seedDatabase(settings: SeedSettings): Promise<void> {
  const { url, cases = 0, seed = 1, now = new Date(), onProgress } = settings;
  await prepareDatabase(url);
  await withClient(url, async (client) => {
    const rows = createRows();
    const places = [...establishments, ...generatedEstablishments(cases)];
    const keys = addOrganisation(rows, places, [...officers, ...generatedOfficers(cases, seed)]);
    for (const person of describePeople(now)) addCase(rows, keys, person);
    await rows.flush(client);
    let done = 0;
    for (const generated of generateCases({ cases, seed, now })) {
      addCase(rows, keys, generated);
      done += 1;
      if (done % batch !== 0) continue;
      await rows.flush(client);
      onProgress?.(done);
    }
    await rows.flush(client);
    await advanceSequences(client);
    await client.query("analyze");
  });
}

/**
 * Adds the person whose POM rows overlap, as the original service can leave them. Drops the constraint that refuses
 * such rows: only for a test's own database.
 */
export async function seedOverlap(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("alter table prison_offender_manager drop constraint prison_offender_manager_no_overlap");
    const rows = createRows();
    addCase(rows, await readKeys(client), overlappedPerson);
    await rows.flush(client);
  });
}

async function prepareDatabase(url: string): Promise<void> {
  await using database = openDatabase({ url: secret(url), poolSize: 1, schema: "public" });
  if ((await findDatabaseOrigin(database)) === "foreign") {
    throw new Error("This database holds Delius tables that are not of our making: it is not seeded.");
  }
  await migrate(database);
  await withClient(url, async (client) => {
    const { rowCount } = await client.query("select from offender limit 1");
    if (rowCount !== 0) throw new Error("This database holds people already: seed an empty one.");
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
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
    team: await find("select code, team_id as key from team"),
    staff: await find("select officer_code as code, staff_id as key from staff"),
  };
}
