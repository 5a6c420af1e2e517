import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as readAll } from "node:stream/consumers";
import { describe, it } from "node:test";
import type { SeedCase, SeedSentence } from "../../sandbox/seed/case.ts";
import { crnAt, generateCases, nomsNumberAt } from "../../sandbox/seed/generate.ts";
import { generatedEstablishments, generatedOfficers } from "../../sandbox/seed/generated-organisation.ts";
import { describePeople } from "../../sandbox/seed/people.ts";
import { listMissingCodes } from "../../src/sync/fact/reference-store.ts";
import { inspectDelius } from "../../src/delius/schema/delius-inspection.ts";
import { crnSchema, nomsNumberSchema } from "../../src/delius/person/person.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";

const million = 1_000_000;

describe("generated cases", () => {
  it("are the same for the same seed number, and others for another", () => {
    const first = [...generateCases({ cases: 500, seed: 7 })];
    assert.deepEqual([...generateCases({ cases: 500, seed: 7 })], first);
    assert.notDeepEqual([...generateCases({ cases: 500, seed: 8 })], first);
    assert.deepEqual(generatedOfficers(500, 7), generatedOfficers(500, 7));
    assert.notDeepEqual(generatedOfficers(500, 7), generatedOfficers(500, 8));
  });

  it("have numbers of their own and of the right shape, up to a million", () => {
    const people = describePeople(new Date());
    assert.ok(people.every(({ crn, noms }) => !crn.startsWith("Y") && noms?.startsWith("G") !== true));
    let last = { crn: "", noms: "" };
    for (let index = 0; index < million; index += 1) {
      const crn = crnAt(index);
      const noms = nomsNumberAt(index);
      // Each comes after the one before it, so that no two are the same: prison numbers by their letters first.
      const next = { crn, noms: noms.slice(5) + noms };
      if (!(next.crn > last.crn && next.noms > last.noms)) assert.fail(`${crn} ${noms}`);
      last = next;
      if (index % 997 !== 0) continue;
      assert.ok(crnSchema.safeParse(crn).success && nomsNumberSchema.safeParse(noms).success);
    }
    assert.deepEqual(last, { crn: "Y999999", noms: "DVG9999DV" });
  });

  it("have staff and providers with codes of their own", () => {
    const places = generatedEstablishments(million);
    assert.equal(new Set(places.map(({ provider }) => provider)).size, 120);
    assert.equal(new Set(places.map(({ prison }) => prison)).size, 120);
    const codes = generatedOfficers(million, 1).map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
    assert.ok(codes.every((code) => /^[A-Z][0-9]{2}[PK][0-9]{3}$/.test(code)));
  });

  it("have keys beside those of the people", () => {
    const last = Math.max(...describePeople(new Date()).map(({ id }) => id));
    const [first] = generateCases({ cases: 1, seed: 1 });
    // A case takes its other keys from the ten numbers that follow from its own.
    assert.ok((first?.id ?? 0) > last);
  });

  const shares: readonly (readonly [what: string, least: number, most: number, isSo: (one: SeedCase) => boolean])[] = [
    ["have a prison number", 0.75, 0.85, ({ noms }) => noms !== null],
    ["have no sentence", 0.2, 0.3, ({ sentences = [] }) => sentences.length === 0],
    ["have several sentences", 0.05, 0.15, ({ sentences = [] }) => sentences.length > 1],
    [
      "have a handover date",
      0.08,
      0.3,
      ({ sentences = [] }) => datesOf(sentences).some(({ POM2 }) => POM2 !== undefined),
    ],
    ["have an open POM", 0.15, 0.4, ({ poms = [] }) => poms.at(-1)?.end === undefined && poms.length > 0],
    ["had several POMs", 0.1, 0.3, ({ poms = [] }) => poms.length > 1],
    ["are led by a POM", 0.08, 0.3, ({ comResponsible = [] }) => comResponsible.length === 0],
    ["have an unallocated COM", 0.04, 0.12, ({ com }) => com?.officer.endsWith("U") === true],
    ["are deleted", 0.005, 0.02, ({ isDeleted }) => isDeleted === true],
    [
      "have a MAPPA registration",
      0.15,
      0.25,
      ({ registrations = [] }) => registrations.some(({ type }) => type === "MAPP"),
    ],
  ];
  const sample = [...generateCases({ cases: 20_000, seed: 3 })];
  for (const [what, least, most, isSo] of shares) {
    it(`${what}, a share between ${least} and ${most} of them`, () => {
      const share = sample.filter(isSo).length / sample.length;
      assert.ok(share >= least && share <= most, String(share));
    });
  }

  it("are spread over all providers, unevenly", () => {
    const sizes = Object.values(Object.groupBy(sample, ({ com }) => com?.officer.slice(0, 3) ?? "")).map(
      (cases) => cases?.length ?? 0,
    );
    assert.equal(sizes.length, 7);
    assert.ok(Math.max(...sizes) > 2 * Math.min(...sizes));
  });

  it("begin the handover no later than it comes", () => {
    const dated = sample.flatMap(({ sentences = [] }) => datesOf(sentences));
    assert.ok(dated.length > 1_000);
    assert.ok(dated.every(({ POM1, POM2 }) => POM1 === undefined || (POM2 !== undefined && POM1 <= POM2)));
  });
});

describe("npm run seed", () => {
  it("fills an empty database with the people and the cases, all rules and indexes standing, and refuses a second run", async () => {
    await using database = await createTestDatabase("template1");
    const first = await runSeed(database.url, "--cases", "1500", "--seed", "7");
    assert.match(first.output, /^Seeded the sandbox's people and 1500 generated cases in \d+\.\d s\.\n$/);
    assert.equal(first.code, 0);
    const own = "offender where crn not like 'W%' and training_session_id is null";
    assert.deepEqual(await countRows(database, own), describePeople(new Date()).length + 1_500);
    await using template = await createTestDatabase();
    assert.deepEqual(await readRules(database), await readRules(template));
    assert.deepEqual(await listAbsentees(database), []);
    await inspectSeed(database);
    const second = await runSeed(database.url);
    assert.deepEqual([second.code, second.output], [1, "This database holds people already: seed an empty one.\n"]);
  });

  const listLacking = async (database: TestDatabase) => {
    const lacking: string[] = [];
    for (const [what, rows] of Object.entries(oddRows)) {
      if ((await countRows(database, `(${rows}) odd`)) === 0) lacking.push(what);
    }
    return lacking;
  };

  it("brings what real data has", async () => {
    await using database = await createTestDatabase("template1");
    await runSeed(database.url, "--cases", "1500");
    assert.deepEqual(await listLacking(database), []);
  });

  it("brings it beside the sandbox's people alone too", async () => {
    await using database = await createTestDatabase();
    assert.deepEqual(await listLacking(database), []);
  });

  it("leaves someone else's database alone", async () => {
    await using database = await createTestDatabase("template1");
    await database.query("create table thing (id bigint)");
    const { code, output } = await runSeed(database.url);
    assert.deepEqual(
      [code, output],
      [1, "This database holds Delius tables that are not of our making: it is not seeded.\n"],
    );
    assert.deepEqual(await database.query("select from pg_namespace where nspname = 'mpc_delius'"), []);
  });

  it("says how it is used, and where no one answers", async () => {
    const nowhere = "postgres://postgres@127.0.0.1:1/none";
    const wrong: readonly (readonly [fault: string, ...options: readonly string[]])[] = [
      ['--cases must be a whole number from 0 to 1000000, and not "1000001".', "--cases", "1000001"],
      ['--cases must be a whole number from 0 to 1000000, and not "x".', "--cases", "x"],
      ['--seed must be a whole number from 1 to 999999999, and not "0".', "--seed", "0"],
      ["Unknown option --case.", "--case"],
      ['"100" is not expected: say --cases 1000 for 1,000 cases.', "100"],
      ["--drift needs --to: the folder of what is to be found.", "--drift", "1"],
      ['--drift must be a share from 0 to 100, per cent, and not "101".', "--drift", "101", "--to", "nowhere"],
      ["--apply is an option of refresh, not of seed.", "--apply"],
    ];
    const ended = await Promise.all(wrong.map(([, ...options]) => runSeed(nowhere, ...options)));
    assert.deepEqual(
      ended.map(({ code, output }) => [code, output.split("\n\nUsage: DATABASE_URL=")[0]]),
      wrong.map(([fault]) => [2, fault]),
    );
    const { code, output } = await runSeed(nowhere);
    assert.deepEqual([code, output], [1, "DATABASE_URL: nothing listens there (127.0.0.1 port 1).\n"]);
    const help = await runSeed("", "--help");
    assert.deepEqual([help.code, help.output.startsWith("Usage: ")], [0, true]);
  });
});

const isReal = "one.training_session_id is null and other.training_session_id is null";
const trained = ["key_date", "staff", "offender", "user_"];

const oddRows: Readonly<Record<string, string>> = {
  "deleted key dates that another system wrote":
    "select from key_date where soft_deleted = 1 and created_by_user_id <> 1 and last_updated_user_id <> 1",
  "POM rows at midnight": "select from prison_offender_manager where allocation_date::time = '00:00'",
  "POM rows that begin at one moment": `select from prison_offender_manager one
    join prison_offender_manager other using (offender_id, allocation_date)
    where one.prison_offender_manager_id < other.prison_offender_manager_id`,
  "closed teams with a live one's code": `select from team closed join team live using (code)
    where closed.end_date < now() and live.end_date is null`,
  "a second institution with one NOMIS code": `select from r_institution one join r_institution other
    using (nomis_cde_code) where one.establishment < other.establishment`,
  "two users for one officer": `select from user_ one join user_ other using (staff_id)
    where one.user_id < other.user_id and ${isReal}`,
  "live officers of one code": `select from staff one join staff other using (officer_code)
    where one.surname <> other.surname and one.end_date is null and other.end_date is null and ${isReal}`,
  "a former officer with a live one's code": `select from staff former join staff live using (officer_code)
    where former.end_date < now() and live.end_date is null`,
  "people who share a NOMS number": `select from offender one join offender other using (noms_number)
    where one.crn < other.crn and one.soft_deleted = 0 and other.soft_deleted = 0 and ${isReal}`,
  "a COM without team and staff": `select from offender_manager
    where active_flag = 1 and soft_deleted = 0 and team_id is null and allocation_staff_id is null`,
  ...Object.fromEntries(
    trained.map((table) => [`training rows of ${table}`, `select from ${table} where training_session_id is not null`]),
  ),
};

function datesOf(sentences: readonly SeedSentence[]): readonly Readonly<Partial<Record<"POM1" | "POM2", string>>>[] {
  return sentences.map(({ keyDates }) => keyDates ?? {});
}

async function runSeed(url: string, ...options: readonly string[]) {
  const child = spawn(process.execPath, ["sandbox/seed/seed-command.ts", ...options], {
    cwd: new URL("../../", import.meta.url),
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([readAll(child.stdout), readAll(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, output: output + errors };
}

async function countRows(database: TestDatabase, table: string): Promise<number> {
  const [row] = await database.query(`select count(*)::integer as count from ${table}`);
  return Number(row?.["count"]);
}

/** Every constraint and index, as the database would write it. */
async function readRules(database: TestDatabase) {
  const constraints = await database.query(
    `select conrelid::regclass::text as name, conname, convalidated, pg_get_constraintdef(oid) as definition
     from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
  );
  return {
    constraints,
    indexes: await database.query("select indexdef from pg_indexes where schemaname = 'public' order by 1"),
  };
}

/** Tables that hold nothing, but for the diary, and persons without exactly one open responsible officer. */
async function listAbsentees(database: TestDatabase) {
  const tables = await database.query(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and reltuples < 1 and relname <> 'contact'",
  );
  const persons = await database.query(
    `select crn from offender where crn like 'Y%' and training_session_id is null and 1 <> (
       select count(*) from responsible_officer
       where responsible_officer.offender_id = offender.offender_id and end_date is null)`,
  );
  return [...tables, ...persons];
}

async function inspectSeed({ url }: TestDatabase): Promise<void> {
  await using store = openStore({ url });
  const fail = () => assert.fail("the seed is warned of");
  const log = { info: fail, warn: fail, error: fail };
  const inspection = await inspectDelius(store, {
    schema: "public",
    username: "ManagePomCasesAndDelius",
    log,
    listMissingCodes,
  });
  assert.ok("userId" in inspection);
}
