import type { TestDatabase } from "./test-database.ts";

// Cases with rows that no one would seed: deleted, unusable, doubled. What is left out is as it usually is.

/** A case as a test tells it. */
export interface GivenCase {
  readonly crn: string;
  readonly noms?: string | null;
  readonly tier?: string;
  readonly isDeleted?: boolean;
  readonly managers?: readonly GivenManager[];
  readonly allocations?: readonly GivenAllocation[];
  readonly registrations?: readonly GivenRegistration[];
}

/** A COM of a case. */
export interface GivenManager {
  readonly officer: string;
  readonly team?: string;
  readonly isInactive?: boolean;
  readonly isDeleted?: boolean;
}

/** A case allocation with the event and the disposal that it stands on. */
export interface GivenAllocation {
  readonly decision: string | null;
  readonly date: string | null;
  readonly event?: GivenState;
  readonly disposal?: GivenState | "absent";
}

/** Whether a row counts. */
export type GivenState = "live" | "inactive" | "deleted";

/** An entry of the register. */
export interface GivenRegistration {
  readonly type: string;
  readonly level?: string;
  readonly category?: string;
  readonly date: string;
  readonly created?: string;
  readonly review?: string;
  readonly isDeregistered?: boolean;
  readonly isDeleted?: boolean;
}

/** An officer with their users. */
export interface GivenOfficer {
  readonly code: string;
  readonly forename?: string;
  readonly forename2?: string;
  readonly surname?: string;
  readonly users?: readonly string[];
  /** Users with a day on which their time ends; their keys come before those of the others. */
  readonly endingUsers?: Readonly<Record<string, string>>;
}

/** Adds what a test tells of to its database. */
export interface CaseRows {
  addCases(cases: readonly GivenCase[]): Promise<void>;
  addOfficers(officers: readonly GivenOfficer[]): Promise<void>;
  /** Adds a register type; `isRosh` gives it the flag of a risk of serious harm. */
  addRegisterType(code: string, isRosh: boolean): Promise<void>;
}

type Row = Readonly<Record<string, unknown>>;
type Find = (set: string, code: string | null | undefined) => unknown;

// What columns hold of which no test says anything; a table takes those that it has.
const usual: Row = { partition_area_id: 0, allocation_date: "2026-01-05T09:00:00" };

/** Keys of the rows that are added begin far beyond those of the seed. */
const firstKey = 5_000_000;

/** Adds cases to a database that is seeded. */
export async function createCaseRows(database: TestDatabase): Promise<CaseRows> {
  let key = firstKey;
  const nextKey = () => (key += 1);
  const add = async (table: string, rows: readonly Row[]) => {
    const text = `insert into ${table} select * from json_populate_recordset(null::${table}, $1)`;
    await database.query(text, [JSON.stringify(rows.map((row) => ({ ...usual, ...row })))]);
  };
  return {
    addCases: async (cases) => {
      const find = await readKeys(database);
      const rows = cases.map((given) => rowsOf(given, find, nextKey));
      for (const table of tables) {
        await add(
          table,
          rows.flatMap((one) => one[table]),
        );
      }
    },
    addOfficers: async (officers) => {
      const find = await readKeys(database);
      const numbered = officers.map((officer) => ({ ...officer, staff_id: nextKey() }));
      await add(
        "staff",
        numbered.map((officer) => officerRow(officer, find)),
      );
      const users = numbered.flatMap(({ staff_id, users: names = [], endingUsers = {} }) =>
        [...Object.entries(endingUsers), ...names.map((name) => [name, null] as const)].map(([name, end]) => ({
          user_id: nextKey(),
          distinguished_name: name,
          staff_id,
          end_date: end,
        })),
      );
      await add("user_", users);
    },
    addRegisterType: async (code, isRosh) => {
      const find = await readKeys(database);
      const flag = find("REGISTER TYPE FLAG", isRosh ? "RoSH" : "ALERT");
      await add("r_register_type", [{ register_type_id: nextKey(), code, register_type_flag_id: flag }]);
    },
  };
}

const tables = ["offender", "offender_manager", "event", "disposal", "case_allocation", "registration"] as const;

async function readKeys(database: TestDatabase): Promise<Find> {
  const rows = await database.query(`
    select code_set_name as set, code_value as code, standard_reference_list_id as key
    from r_standard_reference_list join r_reference_data_master using (reference_data_master_id)
    union all select 'officer', rtrim(officer_code), staff_id from staff
    union all select 'team', rtrim(code), team_id from team
    union all select 'provider', code, probation_area_id from probation_area
    union all select 'register type', code, register_type_id from r_register_type
    order by key desc`);
  // Codes repeat: the lowest key stands last, and stays.
  const keys = new Map(rows.map(({ set, code, key }) => [`${String(set)}/${String(code)}`, key]));
  return (set, code) => {
    if (code === null || code === undefined) return null;
    const key = keys.get(`${set}/${code}`);
    if (key === undefined) throw new Error(`There is no ${set} ${code}.`);
    return key;
  };
}

function rowsOf(given: GivenCase, find: Find, nextKey: () => number): Record<(typeof tables)[number], readonly Row[]> {
  const { crn, noms = null, tier, isDeleted, managers = [], allocations = [], registrations = [] } = given;
  const offender_id = nextKey();
  const allocated = allocations.map((allocation) => ({ ...allocation, offender_id, event_id: nextKey() }));
  return {
    offender: [
      {
        offender_id,
        row_version: 0,
        crn,
        noms_number: noms,
        current_tier: find("TIER", tier),
        soft_deleted: bit(isDeleted),
      },
    ],
    offender_manager: managers.map(({ officer, team = "N03CMT", isInactive, isDeleted: isGone }) => ({
      offender_manager_id: nextKey(),
      offender_id,
      team_id: find("team", team),
      allocation_staff_id: find("officer", officer),
      probation_area_id: find("provider", "N03"),
      active_flag: bit(isInactive !== true),
      soft_deleted: bit(isGone),
    })),
    event: allocated.map(({ event_id, event }) => ({ event_id, offender_id, ...stateOf(event) })),
    disposal: allocated.flatMap(({ event_id, disposal }) =>
      disposal === "absent" ? [] : { disposal_id: event_id, event_id, ...stateOf(disposal) },
    ),
    case_allocation: allocated.map(({ event_id, decision, date }) => ({
      case_allocation_id: event_id,
      offender_id,
      event_id,
      allocation_decision_id: find("CASE ALLOCATION DECISION", decision),
      allocation_decision_date: date,
    })),
    registration: registrations.map((registration) => ({
      registration_id: nextKey(),
      offender_id,
      ...registrationRow(registration, find),
    })),
  };
}

function registrationRow(given: GivenRegistration, find: Find): Row {
  const { type, level, category, date, created = `${date}T10:00:00Z`, review, isDeregistered, isDeleted } = given;
  return {
    register_type_id: find("register type", type),
    register_level_id: find("REGISTER LEVEL", level),
    register_category_id: find("REGISTER CATEGORY", category),
    registration_date: date,
    next_review_date: review ?? null,
    deregistered: bit(isDeregistered),
    soft_deleted: bit(isDeleted),
    created_datetime: created,
  };
}

function officerRow(officer: GivenOfficer & { readonly staff_id: number }, find: Find): Row {
  const { staff_id, code, forename = "Sam", forename2 = null, surname = "Invented" } = officer;
  const at = "2025-01-06T09:00:00Z";
  return {
    staff_id,
    row_version: 0,
    officer_code: code,
    forename,
    forename2,
    surname,
    probation_area_id: find("provider", "N03"),
    start_date: at,
    private: 0,
    created_datetime: at,
    created_by_user_id: 1,
    last_updated_datetime: at,
    last_updated_user_id: 1,
  };
}

function stateOf(state: GivenState = "live") {
  return { active_flag: bit(state !== "inactive"), soft_deleted: bit(state === "deleted") };
}

function bit(value: boolean | undefined): number {
  return value === true ? 1 : 0;
}
