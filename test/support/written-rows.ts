import type { TestDatabase } from "./test-database.ts";

/** The key dates of a person, deleted ones too, as `type date version` with `deleted` behind. */
export async function listKeyDates(database: TestDatabase, noms: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select concat_ws(' ', code_value, key_date.key_date, key_date.row_version,
       case when key_date.soft_deleted = 1 then 'deleted' end) as told
     from offender
     join event using (offender_id)
     join disposal using (event_id)
     join custody using (disposal_id)
     join key_date using (custody_id)
     join r_standard_reference_list on standard_reference_list_id = key_date_type_id
     where noms_number = $1
     order by code_value, key_date_id`,
    [noms],
  );
  return rows.map(({ told }) => String(told));
}

/** The POM rows of a person that are not deleted, in the order of time, as `officer-code open` or `officer-code ended`. */
export async function listPoms(database: TestDatabase, noms: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select rtrim(officer_code) || case when pom.end_date is null then ' open' else ' ended' end as told
     from offender
     join prison_offender_manager pom using (offender_id)
     join staff on staff.staff_id = pom.allocation_staff_id
     where noms_number = $1 and pom.soft_deleted = 0
     order by allocation_date, pom.end_date`,
    [noms],
  );
  return rows.map(({ told }) => String(told));
}

/** How many rows of a table there are. */
export async function countRows(database: TestDatabase, table: string): Promise<number> {
  const [row] = await database.query(`select count(*)::integer as rows from ${table}`);
  return Number(row?.["rows"]);
}

/** The attempts at a message, as `dependency: error class`. */
export async function listAttempts(database: TestDatabase, inboxKey: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select dependency || ': ' || error_class as told from mpc_delius.attempt where inbox_key = $1 order by attempt_id`,
    [inboxKey],
  );
  return rows.map(({ told }) => String(told));
}
