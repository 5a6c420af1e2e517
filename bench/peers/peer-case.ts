import type { Knex } from "knex";

/** A case and its tier. */
export interface CaseRow {
  readonly offenderId: string;
  readonly crn: string;
  readonly noms: string | null;
  readonly tier: string | null;
}

/** The community offender manager of a case. */
export interface ManagerRow {
  readonly officerCode: string;
  readonly forename: string;
  readonly forename2: string | null;
  readonly surname: string;
  readonly username: string | null;
  readonly teamCode: string;
  readonly team: string;
  readonly districtCode: string | null;
  readonly district: string | null;
}

/** A live registration of a case. */
export interface RegistrationRow {
  readonly type: string;
  readonly flag: string | null;
  readonly level: string | null;
  readonly date: string;
}

/** Everything that a case record is made from. */
export interface FoundCase {
  readonly person: CaseRow;
  readonly manager: ManagerRow | undefined;
  readonly decision: string | null | undefined;
  readonly registrations: readonly RegistrationRow[];
}

/** The undeleted cases of a CRN or a NOMS number. */
export function findCases(db: Knex, identifier: string): Promise<readonly CaseRow[]> {
  // As Delius's indexes have them.
  const column = /^[A-Z]\d{6}$/.test(identifier) ? "upper(offender.crn)" : "upper(offender.noms_number)";
  return db("offender")
    .leftJoin("r_standard_reference_list as tier", "tier.standard_reference_list_id", "offender.current_tier")
    .whereRaw(`${column} = ?`, [identifier])
    .where({ "offender.soft_deleted": 0, "offender.training_session_id": null })
    .select<CaseRow[]>(
      "offender.offender_id as offenderId",
      "offender.crn",
      "offender.noms_number as noms",
      "tier.code_description as tier",
    );
}

/** Reads what belongs to a case: three queries at once. */
export async function readCase(db: Knex, person: CaseRow): Promise<FoundCase> {
  const { offenderId } = person;
  const [manager, decision, registrations] = await Promise.all([
    findManager(db, offenderId),
    findDecision(db, offenderId),
    findRegistrations(db, offenderId),
  ]);
  return { person, manager, decision: decision?.code, registrations };
}

async function findManager(db: Knex, offenderId: string): Promise<ManagerRow | undefined> {
  return db("offender_manager as com")
    .join("staff", "staff.staff_id", "com.allocation_staff_id")
    .join("team", "team.team_id", "com.team_id")
    .leftJoin("district", "district.district_id", "team.district_id")
    .leftJoin("user_ as account", "account.staff_id", "staff.staff_id")
    .where({ "com.offender_id": offenderId, "com.active_flag": 1, "com.soft_deleted": 0 })
    .orderBy([{ column: "com.offender_manager_id", order: "desc" }, { column: "account.user_id" }])
    .first<ManagerRow | undefined>(
      "staff.officer_code as officerCode",
      "staff.forename",
      "staff.forename2",
      "staff.surname",
      "account.distinguished_name as username",
      "team.code as teamCode",
      "team.description as team",
      "district.code as districtCode",
      "district.description as district",
    );
}

async function findDecision(db: Knex, offenderId: string): Promise<{ readonly code: string | null } | undefined> {
  return db("case_allocation as allocation")
    .join("event", { "event.event_id": "allocation.event_id" })
    .join("disposal", { "disposal.event_id": "event.event_id" })
    .leftJoin("r_standard_reference_list as decision", {
      "decision.standard_reference_list_id": "allocation.allocation_decision_id",
    })
    .where({ "allocation.offender_id": offenderId, "event.active_flag": 1, "event.soft_deleted": 0 })
    .where({ "disposal.active_flag": 1, "disposal.soft_deleted": 0 })
    .orderBy("allocation.allocation_decision_date", "desc", "last")
    .orderBy("allocation.case_allocation_id", "desc")
    .first<{ readonly code: string | null } | undefined>("decision.code_value as code");
}

async function findRegistrations(db: Knex, offenderId: string): Promise<readonly RegistrationRow[]> {
  return db("registration")
    .join("r_register_type as type", "type.register_type_id", "registration.register_type_id")
    .leftJoin("r_standard_reference_list as flag", "flag.standard_reference_list_id", "type.register_type_flag_id")
    .leftJoin(
      "r_standard_reference_list as level",
      "level.standard_reference_list_id",
      "registration.register_level_id",
    )
    .where({ "registration.offender_id": offenderId, "registration.deregistered": 0, "registration.soft_deleted": 0 })
    .orderBy([
      { column: "registration.registration_date", order: "desc" },
      { column: "registration.created_datetime", order: "desc" },
      { column: "registration.registration_id", order: "desc" },
    ])
    .select<RegistrationRow[]>(
      "type.code as type",
      "flag.code_value as flag",
      "level.code_value as level",
      db.raw("registration.registration_date::text as date"),
    );
}
