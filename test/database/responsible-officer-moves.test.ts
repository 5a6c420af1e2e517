import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database } from "../../src/platform/database/database.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { allocateInCourse, courseOffender } from "../support/course-allocation.ts";
import { courseCases } from "../support/course.ts";
import { findBrokenRules } from "../support/delius-truth.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";

const at = "2026-11-28T23:10:17Z";
const written = "2026-11-28T23:10:17";
const later = "2027-02-01T00:00:00";
const newcomer = { forename: "Nia", surname: "Newman", at };
const standing = { forename: "Ruth", surname: "Adeyemi", at };

/** Those of {@link courseCases} that have a responsible POM, Ruth Adeyemi. */
const [replaced, planned, doubled, foreseen] = [1, 3, 5, 7] as const;

describe("the responsible officer of a case, under all constraints of Delius", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
    await seedCases(database.url, courseCases(foreseen + 1));
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const change = (place: number, statement: string) => database.query(statement, [courseOffender(place)]);
  /** A POM row beside the one that stands, by another officer, from a time on. */
  const addPom = async (place: number, start: string) => {
    const [row] = await database.query(
      `insert into prison_offender_manager select (jsonb_populate_record(pom, jsonb_build_object(
         'prison_offender_manager_id', nextval('prison_offender_manager_id_seq'), 'allocation_date', $2::timestamp,
         'allocation_staff_id', (select max(staff_id) from staff where officer_code like 'N03A%' and end_date is null)))).*
       from prison_offender_manager pom where offender_id = $1
       returning prison_offender_manager_id`,
      [courseOffender(place), start],
    );
    return Number(row?.["prison_offender_manager_id"]);
  };
  /** The periods of those responsible, oldest first, with the POM row that holds each. */
  const listResponsible = async (place: number) =>
    database.query(
      `select responsible.responsible_officer_id::int as id, pom.prison_offender_manager_id::int as pom, surname,
         to_json(responsible.start_date) #>> '{}' as since, to_json(responsible.end_date) #>> '{}' as until
       from responsible_officer responsible
       join prison_offender_manager pom using (prison_offender_manager_id)
       join staff on staff_id = pom.allocation_staff_id
       where responsible.offender_id = $1 and pom.soft_deleted = 0
       order by responsible.start_date, responsible.end_date nulls last`,
      [courseOffender(place)],
    );

  it("is the new POM where the old one was: the old row ends, and a new one has its end", async () => {
    const [old] = await listResponsible(replaced);
    assert.equal(await allocateInCourse(store, { place: replaced, ...newcomer }), "PomAllocated");
    const [ended, added, ...others] = await listResponsible(replaced);
    assert.deepEqual(ended, { ...old, until: written });
    assert.deepEqual([added?.["surname"], added?.["since"], added?.["until"]], ["Newman", written, null]);
    assert.deepEqual(others, []);
  });

  it("is planned for a later time: that row moves to the new POM as it is, and no other is added", async () => {
    await change(planned, `update responsible_officer set start_date = '${later}' where offender_id = $1`);
    const [old] = await listResponsible(planned);
    assert.equal(await allocateInCourse(store, { place: planned, ...newcomer }), "PomAllocated");
    const [moved, ...others] = await listResponsible(planned);
    assert.deepEqual(moved, { ...old, pom: moved?.["pom"], surname: "Newman" });
    assert.notEqual(moved["pom"], old?.["pom"]);
    assert.deepEqual(others, []);
  });

  it("stays responsible when two open POMs become one, under the POM that stays", async () => {
    // Ours, not Delius's: without it, others may open a second POM.
    await database.query("alter table prison_offender_manager drop constraint ours_pom_no_overlap");
    const pom = await addPom(doubled, "2026-03-02T09:00:00");
    const [old] = await listResponsible(doubled);
    await allocateInCourse(store, { place: doubled, ...newcomer });
    const [moved, added, ...others] = await listResponsible(doubled);
    assert.deepEqual(moved, { ...old, pom, surname: moved?.["surname"], until: written });
    assert.deepEqual([added?.["surname"], added?.["since"], added?.["until"]], ["Newman", written, null]);
    assert.deepEqual(others, []);
  });

  it("is brought forward to the open POM when a POM planned for later is removed", async () => {
    const pom = await addPom(foreseen, later);
    await change(
      foreseen,
      `update prison_offender_manager set end_date = '${later}', active_flag = 0
       where offender_id = $1 and allocation_date < '${later}'`,
    );
    await change(
      foreseen,
      `update responsible_officer set start_date = '${later}', prison_offender_manager_id = ${pom} where offender_id = $1`,
    );
    const [old] = await listResponsible(foreseen);
    assert.equal(await allocateInCourse(store, { place: foreseen, ...standing }), "PomRepaired");
    const [moved, ...others] = await listResponsible(foreseen);
    assert.deepEqual(moved, { ...old, pom: moved?.["pom"], surname: "Adeyemi", since: written });
    assert.notEqual(moved["pom"], pom);
    assert.deepEqual(others, []);
  });

  it("breaks no rule of the domain in any of these", async () => {
    assert.deepEqual(await findBrokenRules(database), []);
  });
});
