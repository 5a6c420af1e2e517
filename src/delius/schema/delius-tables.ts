/** What the service does with a table, by column. */
export interface TableUse {
  readonly select: readonly string[];
  readonly insert: readonly string[];
  readonly update: readonly string[];
}

const audit = "created_datetime created_by_user_id last_updated_datetime last_updated_user_id";
const updated = "row_version last_updated_datetime last_updated_user_id";

/**
 * Every Delius table and column that the service uses, and for what, by name. The start-up
 * inspection asks for exactly these, and the grant script gives exactly these.
 */
export const deliusTables: Readonly<Record<string, TableUse>> = {
  prison_offender_manager: written(
    `prison_offender_manager_id row_version offender_id allocation_date allocation_reason_id allocation_staff_id
    allocation_team_id probation_area_id end_date active_flag email_address soft_deleted ${audit}`,
    { update: `end_date active_flag email_address soft_deleted ${updated}` },
  ),
  responsible_officer: written(
    `responsible_officer_id row_version offender_id prison_offender_manager_id start_date end_date ${audit}`,
    { update: `prison_offender_manager_id start_date end_date ${updated}`, onlySelect: "offender_manager_id" },
  ),
  // A diary may hold anything: what stands in it is nothing to us.
  contact: {
    ...written(
      `contact_id row_version offender_id contact_type_id contact_date contact_start_time notes probation_area_id team_id
      staff_id trust_provider_flag trust_provider_team_id staff_employee_id soft_deleted partition_area_id ${audit}`,
    ),
    select: [],
  },
  key_date: written(
    `key_date_id row_version custody_id key_date_type_id key_date soft_deleted partition_area_id ${audit}`,
    { update: `key_date soft_deleted ${updated}`, onlySelect: "training_session_id" },
  ),
  staff: written(`staff_id row_version officer_code forename surname probation_area_id start_date private ${audit}`, {
    onlySelect: "forename2 end_date training_session_id",
  }),
  staff_team: written(`staff_id team_id row_version ${audit}`, { onlySelect: "training_session_id" }),
  // Rows of these two are locked, never changed; PostgreSQL asks for the right to update for that.
  offender: locked("offender_id row_version crn noms_number current_tier soft_deleted training_session_id"),
  probation_area: locked(
    "probation_area_id row_version code description institution_id establishment selectable end_date training_session_id",
  ),
  offender_manager: read(
    `offender_manager_id offender_id allocation_date team_id allocation_staff_id probation_area_id active_flag
    soft_deleted training_session_id`,
  ),
  user_: read("user_id distinguished_name staff_id end_date training_session_id"),
  team: read("team_id code description district_id probation_area_id end_date training_session_id"),
  district: read("district_id code description training_session_id"),
  r_institution: read("institution_id establishment nomis_cde_code selectable training_session_id"),
  event: read("event_id offender_id active_flag soft_deleted training_session_id"),
  disposal: read("disposal_id event_id active_flag soft_deleted training_session_id"),
  custody: read("custody_id disposal_id custodial_status_id soft_deleted training_session_id"),
  case_allocation: read("case_allocation_id offender_id event_id allocation_decision_id allocation_decision_date"),
  registration: read(
    `registration_id offender_id register_type_id register_level_id register_category_id registration_date
    next_review_date deregistered soft_deleted created_datetime training_session_id`,
  ),
  r_register_type: read("register_type_id code register_type_flag_id training_session_id"),
  r_contact_type: read("contact_type_id code selectable training_session_id"),
  r_standard_reference_list: read(
    `standard_reference_list_id code_value code_description reference_data_master_id selectable training_session_id`,
  ),
  r_reference_data_master: read("reference_data_master_id code_set_name training_session_id"),
};

/** The sequences that the keys of new rows come from. */
export const deliusSequences = [
  "prison_offender_manager_id_seq",
  "responsible_officer_id_seq",
  "contact_id_seq",
  "key_date_id_seq",
  "staff_id_seq",
] as const;

/** Our own tables and what the service does with each; migrations run as someone else. */
export const ownTables: Readonly<Record<string, readonly string[]>> = {
  migration: ["select"],
  inbox: ["select", "insert", "update", "delete"],
  journal: ["select", "insert", "delete"],
  attempt: ["select", "insert", "delete"],
  waiting: ["select", "insert", "update", "delete"],
  quarantine: ["select", "insert", "update", "delete"],
  group_replay: ["select", "insert", "update", "delete"],
  intake_state: ["select", "update"],
  replica: ["select", "insert", "update", "delete"],
  operator_action: ["select", "insert", "delete"],
  refused_redrive: ["select", "insert"],
  console_form: ["select", "insert", "update", "delete"],
  ended_session: ["select", "insert", "delete"],
  refresh_run: ["select", "insert", "update", "delete"],
  refresh_place: ["select", "update"],
  reconciliation_run: ["select", "insert", "update", "delete"],
  difference: ["select", "insert", "update", "delete"],
  reconciled_officer: ["select", "insert", "update", "delete"],
  staff_email: ["select", "insert", "update", "delete"],
};

/** What a column holds: an instant has a time of day and no zone; a day may have one, which is midnight. */
export type ColumnKind = "instant" | "day" | "number" | "text";

const instants = new Set(
  words(`allocation_date start_date end_date created_datetime last_updated_datetime contact_start_time
    allocation_decision_date`),
);
const days = new Set(words("contact_date key_date registration_date next_review_date"));
const numbers = new Set(
  words("row_version soft_deleted active_flag trust_provider_flag deregistered private current_tier"),
);

/** What a column of Delius holds, by its name. */
export function kindOf(column: string): ColumnKind {
  if (instants.has(column)) return "instant";
  if (days.has(column)) return "day";
  return numbers.has(column) || column.endsWith("_id") ? "number" : "text";
}

function read(columns: string): TableUse {
  return { select: words(columns), insert: [], update: [] };
}

function locked(columns: string): TableUse {
  return { ...read(columns), update: ["row_version"] };
}

function written(columns: string, { update = "", onlySelect = "" } = {}): TableUse {
  const insert = words(columns);
  return { select: [...insert, ...words(onlySelect)], insert, update: words(update) };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
