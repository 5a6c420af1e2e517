/** Where a column points, and the column there that a person knows the row by. */
export interface Reference {
  readonly table: string;
  readonly key: string;
  readonly code: string;
}

const staff = { table: "staff", key: "staff_id", code: "officer_code" };
const team = { table: "team", key: "team_id", code: "code" };
const entry = { table: "r_standard_reference_list", key: "standard_reference_list_id", code: "code_value" };

const references: Readonly<Record<string, Reference>> = {
  offender_id: { table: "offender", key: "offender_id", code: "crn" },
  probation_area_id: { table: "probation_area", key: "probation_area_id", code: "code" },
  team_id: team,
  allocation_team_id: team,
  staff_id: staff,
  allocation_staff_id: staff,
  allocation_reason_id: entry,
  key_date_type_id: entry,
  contact_type_id: { table: "r_contact_type", key: "contact_type_id", code: "code" },
  created_by_user_id: { table: "user_", key: "user_id", code: "distinguished_name" },
  last_updated_user_id: { table: "user_", key: "user_id", code: "distinguished_name" },
};

/** What a column of a Delius table refers to; undefined where it holds a value of its own. */
export function referenceOf(column: string): Reference | undefined {
  return references[column];
}

/** Every reference, by column. */
export function listReferences(): readonly (readonly [column: string, reference: Reference])[] {
  return Object.entries(references);
}
