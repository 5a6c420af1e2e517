import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createTestDatabase } from "../support/test-database.ts";

const read = (file: string) => readFile(new URL(`../../migrations/delius/${file}`, import.meta.url), "utf8");

const audit = "now(), 1, now(), 1";
/** What a sandbox of an older version may hold that Delius's published definitions refuse. */
const older = `
  insert into r_reference_data_master values (1, 'REGISTER TYPE FLAG'), (2, 'OTHER');
  insert into r_standard_reference_list values (1, 'RoSH', 'RoSH', 1), (2, 'ALERT', 'Alerts', 1), (3, 'D', 'D', 2);
  insert into r_register_type values (1, 'MAPP', null);
  insert into r_contact_type values (1, 'ROC');
  insert into r_institution values (1, 'LEI');
  insert into probation_area values (1, 0, 'N03', 'Leeds Prison', 1);
  insert into district values (1, 'N03LDU1', 'Leeds North');
  insert into team values (1, 'N03POM', 'Leeds POMs', null, 1);
  insert into staff values (1, 0, 'N03A001', 'Ruth', null, 'Adeyemi', 1, '2026-06-15T12:00:00.600Z', null, 0, ${audit});
  insert into offender values (1, 0, 'X100001', 'A1001AA', null, 0);
  insert into event values (1, 1, 1, 0);
  insert into disposal values (1, 1, 1, 0);
  insert into custody values (1, 1, null, 3, 0);
  insert into key_date values
    (1, 0, 1, 3, '2027-01-01', 1, 0, ${audit}), (2, 0, 1, 3, '2027-01-01', 0, 0, ${audit}),
    (3, 0, 1, 3, '2027-01-02', 1, 0, ${audit}), (4, 0, 1, 3, '2027-01-02', 1, 0, ${audit});
  insert into prison_offender_manager values
    (1, 0, 1, '2026-06-15T12:00:00.600Z', 3, 1, 1, 1, null, 0, null, 1, ${audit}),
    (2, 0, 1, '2026-01-15T12:00:00Z', 3, 1, 1, 1, null, 1, null, 0, ${audit});
  insert into contact values
    (1, 0, 1, 1, '2026-06-15', '2026-06-15T12:00:00Z', 'Notes', 1, 1, 1, 0, 0, ${audit})`;

test("tables of an older version become the published ones, and their rows fit them", async () => {
  await using database = await createTestDatabase("template1");
  await database.query(await read("0001-tables.sql"));
  await database.query(older);
  await database.query(await read("0003-as-published.sql"));
  assert.deepEqual(
    await database.query(`
      select prison_offender_manager_id::integer as id, allocation_date::text as start, end_date::text as end, active_flag
      from prison_offender_manager order by 1`),
    [
      { id: 1, start: "2026-06-15 13:00:00", end: "2026-06-15 13:00:00", active_flag: 0 },
      { id: 2, start: "2026-01-15 12:00:00", end: null, active_flag: 1 },
    ],
  );
  assert.deepEqual(await database.query("select key_date_id::integer as id, soft_deleted from key_date order by 1"), [
    { id: 2, soft_deleted: 0 },
    { id: 3, soft_deleted: 1 },
  ]);
  const [row] = await database.query(`
    select trust_provider_flag as flag, staff_employee_id::integer as staff, trust_provider_team_id::integer as team,
      register_type_flag_id::integer as register, district_id::integer as district, probation_area.establishment
    from contact, r_register_type, team, probation_area`);
  assert.deepEqual(row, { flag: 0, staff: 1, team: 1, register: 2, district: 1, establishment: "Y" });
});
