import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, it } from "node:test";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

// Person 2 has an open POM and is led by it (RO row 20), person 1 is led by the COM (RO row 15); custody 20 has both dates.

const audit = "now(), 1, now(), 1";
const auditColumns = "created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id";

const pom = (offenderId: number, { start = "now()", end = "null", active = 1, deleted = 0 } = {}) =>
  `insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_date,
     allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag,
     email_address, soft_deleted, ${auditColumns})
   select nextval('prison_offender_manager_id_seq'), 0, ${offenderId}, ${start}, allocation_reason_id,
     allocation_staff_id, allocation_team_id, probation_area_id, ${end}, ${active}, null, ${deleted}, ${audit}
   from prison_offender_manager where offender_id = 2 and row_version = 0 limit 1`;

const responsibleOfficer = (offenderId: number, { pomId = "null", comId = "null", end = "null" }) =>
  `insert into responsible_officer (responsible_officer_id, row_version, offender_id, prison_offender_manager_id,
     offender_manager_id, start_date, end_date, ${auditColumns})
   values (nextval('responsible_officer_id_seq'), 0, ${offenderId}, ${pomId}, ${comId}, now(), ${end}, ${audit})`;

const keyDate = (custodyId: number, type: string, { deleted = 0, date = "2027-01-01" } = {}) =>
  `insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted,
     partition_area_id, ${auditColumns})
   select nextval('key_date_id_seq'), 0, ${custodyId}, standard_reference_list_id, '${date}', ${deleted}, 0, ${audit}
   from r_standard_reference_list where code_value = '${type}'`;

const staff = (code: string) =>
  `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
     ${auditColumns})
   values (nextval('staff_id_seq'), 0, '${code}', 'A', 'B', 1, now(), 0, ${audit})`;

const contact = (notes: string, { team = "1", staffId = "7", employee = "null" } = {}) =>
  `insert into contact (contact_id, row_version, offender_id, contact_type_id, contact_date, notes, probation_area_id,
     team_id, staff_id, provider_employee_id, trust_provider_flag, staff_employee_id, trust_provider_team_id,
     soft_deleted, partition_area_id, ${auditColumns})
   values (nextval('contact_id_seq'), 0, 2, 1, '2026-01-08', '${notes}', 1, ${team}, ${staffId}, ${employee}, 0, 7, 1,
     0, 0, ${audit})`;

const endPom = "update prison_offender_manager set end_date = now(), active_flag = 0 where offender_id = 2";
const endResponsibleOfficer = "update responsible_officer set end_date = now() where offender_id = 2";
const removeDate = `update key_date set soft_deleted = 1 where custody_id = 20
  and key_date_type_id in (select standard_reference_list_id from r_standard_reference_list where code_value = 'POM1')`;
const openPom = "(select prison_offender_manager_id from prison_offender_manager where offender_id = 2)";
const com = "(select offender_manager_id from offender_manager where offender_id = 2)";
const foreignKey = "23503";
const uniqueness = "23505";
const check = "23514";
const exclusion = "23P01";

describe("the rules that the database holds itself", () => {
  let database: TestDatabase;
  let client: pg.Client;
  before(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(() => client.query("begin"));
  afterEach(() => client.query("rollback"));

  const endNow = "set constraints all immediate";
  const refusals: readonly (readonly [rule: string, code: string, statement: string])[] = [
    ["at most one open responsible officer per person", uniqueness, responsibleOfficer(2, { comId: com })],
    ["a POM never overlaps the open one", exclusion, pom(2)],
    ["a POM never overlaps a later one", exclusion, pom(2, { start: "'2025-12-01'", end: "'2026-02-01'", active: 0 })],
    ["one live key date per custody and type", exclusion, keyDate(20, "POM1")],
    ["an open POM is active", check, pom(4, { active: 0 })],
    ["an ended POM is not active", check, pom(4, { end: "now()", active: 1 })],
    ["a deleted POM without an end is active", check, pom(4, { deleted: 1, active: 0 })],
    ["a POM ends when it starts, or later", check, pom(4, { end: "'2020-01-01'", active: 0 })],
    ["one key date per custody, type and date", uniqueness, keyDate(20, "POM1", { date: "2026-08-03", deleted: 1 })],
    ["an empty e-mail is none", check, "update prison_offender_manager set email_address = '' where offender_id = 2"],
    ["an empty forename is none", check, "update staff set forename = '' where staff_id = 7"],
    ["an empty surname is none", check, "update staff set surname = '' where staff_id = 7"],
    ["an empty officer code is none", check, "update staff set officer_code = '' where staff_id = 7"],
    ["empty notes are none", check, contact("")],
    ["a diary entry is of a member of staff", check, contact("Moved", { staffId: "null" })],
    ["and of one only, ours or another body's", check, contact("Moved", { employee: "7" })],
    ["the trust's employee is that one", check, contact("Moved", { staffId: "null", employee: "8" })],
    ["a diary entry is of a team", check, contact("Moved", { team: "null" })],
    ["a COM is active or not", check, "update offender_manager set active_flag = 2 where offender_id = 2"],
    ["a disposal is active or not", check, "update disposal set active_flag = 2 where disposal_id = 50"],
    ["a flag is 0 or 1", check, pom(4, { deleted: 2, active: 0 })],
    ["a responsible officer row belongs to a manager", check, responsibleOfficer(6, { end: "now()" })],
    ["and to one only", check, responsibleOfficer(2, { pomId: openPom, comId: com, end: "now()" })],
    ["a POM is of a person", foreignKey, pom(999_999)],
    ["a key date is of a custody", foreignKey, keyDate(999_999, "POM1")],
    ["a responsible officer is of a person", foreignKey, responsibleOfficer(999_999, { comId: com, end: "now()" })],
    ["a POM that leads a case stays", foreignKey, "delete from prison_offender_manager where offender_id = 2"],
  ];
  for (const [rule, code, statement] of refusals) {
    it(`hold: ${rule}`, async () => {
      const violation = client.query(`${statement}; ${endNow}`);
      await assert.rejects(violation, { code });
    });
  }

  const orders: readonly (readonly [what: string, first: string, second: string])[] = [
    ["a POM", pom(2), endPom],
    ["a key date", keyDate(20, "POM1"), removeDate],
  ];
  for (const [what, insert, end] of orders) {
    it(`let one transaction end ${what} and insert the next in any order`, async () => {
      await client.query(`${end}; ${insert}; ${endNow}`);
      await client.query("rollback; begin");
      await client.query(`${insert}; ${end}; ${endNow}`);
    });

    it(`refuse at the commit what stands double by then: ${what}`, async () => {
      await client.query(insert);
      await assert.rejects(client.query("commit"), { code: exclusion });
    });
  }

  it("refuse a second open responsible officer at once, not when the transaction ends", async () => {
    await assert.rejects(client.query(responsibleOfficer(2, { comId: com })), { code: uniqueness });
    await client.query("rollback; begin");
    await client.query(`${endResponsibleOfficer}; ${responsibleOfficer(2, { comId: com })}; ${endNow}`);
  });

  const allowed: readonly (readonly [what: string, statement: string])[] = [
    ["deleted POM rows that overlap", pom(2, { deleted: 1, end: "now()", active: 0 })],
    ["a POM of no length beside the open one", pom(2, { end: "now()", active: 0 })],
    ["a POM that ends as the open one starts", pom(2, { start: "'2025-01-01'", end: "'2026-01-08T09:30'", active: 0 })],
    ["responsible officers that have ended, any number", responsibleOfficer(2, { comId: com, end: "now()" })],
    [
      "deleted key dates, any number",
      `${keyDate(20, "POM1", { deleted: 1 })}; ${keyDate(20, "POM1", { deleted: 1, date: "2027-01-02" })}`,
    ],
    ["another type of date beside", keyDate(20, "SED")],
    ["a diary entry with notes", contact("Moved")],
    ["a diary entry of another body's employee", contact("Moved", { staffId: "null", employee: "7" })],
    ["two officers with one code", staff("N03A001")],
    ["two cases with one CRN", "update offender set crn = 'X100001' where offender_id = 2"],
    ["two teams with one code", "update team set code = 'N03POM' where code = 'N07POM'"],
    ["a team whose provider is none", "update team set probation_area_id = 999999 where code = 'N07POM'"],
    ["two providers with one code", "update probation_area set code = 'N03' where code = 'N07'"],
    ["two persons with one NOMS number", "update offender set noms_number = 'A1001AA' where offender_id = 2"],
  ];
  for (const [what, statement] of allowed) {
    it(`leave alone ${what}`, async () => {
      await client.query(`${statement}; ${endNow}`);
    });
  }
});
