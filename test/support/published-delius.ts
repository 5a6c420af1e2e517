// The Delius tables as their definitions were published (docs/delius.md), each column as `name type`, `!` where it may not
// be null. `num`: a number; `flag`: 0 or 1; `bit`: a number that a rule about several columns holds to 0 or 1; `yn`: Y or N; `instant` and `day`: Oracle's DATE, with a time of day or
// without; `v35`, `c7`: text of so many characters at most, or filled up to it; `clob`: text of any length.

const audit = `created_datetime instant !, created_by_user_id num !, last_updated_datetime instant !,
  last_updated_user_id num !`;
const training = "training_session_id num";
const partition = "partition_area_id num !";

/** Every published column of those tables that the service touches, as far as it or a rule about its rows names it. */
export const publishedColumns: Readonly<Record<string, string>> = {
  prison_offender_manager: `prison_offender_manager_id num !, row_version num !, offender_id num !,
    allocation_date instant !, allocation_reason_id num !, allocation_staff_id num !, allocation_team_id num !,
    probation_area_id num !, end_date instant, active_flag flag !, email_address v255, soft_deleted flag !, ${audit}`,
  responsible_officer: `responsible_officer_id num !, row_version num !, offender_id num !,
    prison_offender_manager_id num, offender_manager_id num, start_date instant !, end_date instant, ${audit}`,
  contact: `contact_id num !, row_version num !, offender_id num !, contact_type_id num !, contact_date day !,
    contact_start_time instant, notes clob, probation_area_id num !, team_id num, staff_id num,
    provider_employee_id num, provider_team_id num, trust_provider_flag flag !, staff_employee_id num !, trust_provider_team_id num !, soft_deleted flag !,
    ${partition}, ${training}, ${audit}`,
  key_date: `key_date_id num !, row_version num !, custody_id num !, key_date_type_id num !, key_date day !,
    soft_deleted flag !, ${partition}, ${training}, ${audit}`,
  staff: `staff_id num !, row_version num !, officer_code c7, forename v35 !, forename2 v35, surname v35 !,
    probation_area_id num !, start_date instant !, end_date instant, private flag !, ${training}, ${audit}`,
  staff_team: `staff_id num !, team_id num !, row_version num !, ${training}, ${audit}`,
  offender: `offender_id num !, row_version num !, crn c7 !, noms_number c7, current_tier num, soft_deleted flag !,
    ${partition}, ${training}`,
  offender_manager: `offender_manager_id num !, offender_id num !, allocation_date instant !, team_id num,
    allocation_staff_id num, probation_area_id num !, active_flag bit !, soft_deleted flag !, ${partition}, ${training}`,
  user_: `user_id num !, distinguished_name v500 !, staff_id num, end_date instant, ${training}`,
  team: `team_id num !, code c6 !, description v50 !, district_id num !, probation_area_id num !, end_date instant,
    ${training}`,
  district: `district_id num !, code v20 !, description v30 !, ${training}`,
  probation_area: `probation_area_id num !, row_version num !, code c3 !, description v60 !, selectable yn !,
    institution_id num, establishment yn, end_date instant, ${training}`,
  r_institution: `institution_id num !, establishment yn !, selectable yn !, nomis_cde_code v50, ${training}`,
  event: `event_id num !, offender_id num !, active_flag flag !, soft_deleted flag !, ${partition}, ${training}`,
  disposal: `disposal_id num !, event_id num !, active_flag bit !, soft_deleted flag !, ${partition}, ${training}`,
  custody: `custody_id num !, disposal_id num !, prisoner_number v10, custodial_status_id num !, soft_deleted flag !,
    ${partition}, ${training}`,
  case_allocation: `case_allocation_id num !, offender_id num !, event_id num !, allocation_decision_id num,
    allocation_decision_date instant`,
  registration: `registration_id num !, offender_id num !, register_type_id num !, register_level_id num,
    register_category_id num, registration_date day !, next_review_date day, deregistered flag !, soft_deleted flag !,
    created_datetime instant !, ${partition}, ${training}`,
  r_register_type: `register_type_id num !, code v10 !, register_type_flag_id num !, ${training}`,
  r_contact_type: `contact_type_id num !, code v10 !, selectable yn !, ${training}`,
  r_standard_reference_list: `standard_reference_list_id num !, code_value v100 !, code_description v500 !,
    reference_data_master_id num !, selectable yn !, ${training}`,
  r_reference_data_master: `reference_data_master_id num !, code_set_name v100 !, ${training}`,
};

/** The keys of tables whose key is not their first column alone. */
export const publishedKeys: Readonly<Record<string, string>> = {
  staff_team: "staff_id, team_id",
  r_institution: "institution_id, establishment",
};

/** What is unique beside the keys: one date of a kind for a custody, deleted or not. No code is. */
export const publishedUnique: readonly string[] = ["key_date: UNIQUE (custody_id, key_date_type_id, key_date)"];

/** The published checks of rows, beside those of flags. */
export const publishedChecks: readonly string[] = [
  "contact: CHECK (((staff_id IS NULL) <> (provider_employee_id IS NULL)))",
  "contact: CHECK (((team_id IS NULL) <> (provider_team_id IS NULL)))",
  "contact: CHECK ((staff_employee_id = COALESCE(staff_id, provider_employee_id)))",
  "contact: CHECK ((trust_provider_team_id = COALESCE(team_id, provider_team_id)))",
  "prison_offender_manager: CHECK ((((active_flag = 0) AND (end_date IS NOT NULL)) OR ((active_flag = 1) AND (end_date IS NULL))))",
  "prison_offender_manager: CHECK ((allocation_date <= end_date))",
  "registration: CHECK ((registration_date <= next_review_date))",
  "staff: CHECK ((start_date <= end_date))",
];

/** Seen in code alone: it acts at once. */
export const singleActiveOfficer =
  "CREATE UNIQUE INDEX responsible_officer_single_active ON public.responsible_officer USING btree (offender_id) WHERE (end_date IS NULL)";

/** What is ours alone, by name. */
export const ourRules: readonly string[] = [
  "ours_contact_no_empty_text",
  "ours_disposal_active_flag",
  "ours_key_date_one_live",
  "ours_offender_manager_active_flag",
  "ours_pom_no_empty_text",
  "ours_pom_no_overlap",
  "ours_responsible_officer_one_manager",
  "ours_staff_no_empty_text",
];

/** Where the published sequences begin, and how many numbers a session takes at once. */
export const publishedSequences: Readonly<Record<string, number>> = {
  contact_id_seq: 2_500_000_000,
  key_date_id_seq: 1,
  prison_offender_manager_id_seq: 1,
  responsible_officer_id_seq: 1,
  staff_id_seq: 2_500_000_000,
};
