import { auditColumns, serviceUserId, type SeedRows } from "./rows.ts";

/** Keys of reference data in the seed, by code set and code. */
export interface Keys {
  readonly reference: (codeSet: CodeSet, code: string) => number;
  readonly registerType: (code: string) => number;
  readonly provider: (code: string) => number;
  readonly team: (code: string) => number;
  readonly staff: (code: string) => number;
}

const codeSets = {
  "POM ALLOCATION REASON": { AUT: "Automatic", INA: "Internal Transfer", EXT: "External Transfer" },
  "THROUGHCARE DATE TYPE": {
    POM1: "POM Handover expected start date",
    POM2: "RO responsibility handover from POM to COM expected date",
    SED: "Sentence Expiry Date",
  },
  "CUSTODIAL STATUS": { D: "In Custody", B: "Released - On Licence", P: "Post Sentence Supervision" },
  TIER: { A1: "A1", B2: "B2", C3: "C3", D0: "D0" },
  "CASE ALLOCATION DECISION": { R: "Enhanced", A: "Normal", X: "Not decided" },
  "REGISTER TYPE FLAG": { RoSH: "RoSH", ALERT: "Alerts", PUBLIC: "Public Protection", INFO: "Information" },
  "REGISTER LEVEL": { M0: "MAPPA Level 0", M1: "MAPPA Level 1", M2: "MAPPA Level 2", M3: "MAPPA Level 3" },
  "REGISTER CATEGORY": {
    M1: "MAPPA Cat 1",
    M2: "MAPPA Cat 2",
    M3: "MAPPA Cat 3",
    M4: "MAPPA Cat 4",
    X9: "All - Category to be determined",
  },
} as const;

/** A reference data set of the seed. */
export type CodeSet = keyof typeof codeSets;

const contactTypes = ["EPOMAT", "EPOMIN", "EPOMEX", "ROC"];

const registerTypes: readonly (readonly [code: string, flag: string])[] = [
  ["MAPP", "PUBLIC"],
  ["DASO", "INFO"],
  ["INVI", "INFO"],
  ["ALT1", "ALERT"],
  ["RLRH", "RoSH"],
  ["RMRH", "RoSH"],
  ["RHRH", "RoSH"],
  ["RVHR", "RoSH"],
];

/** A prison with the provider that runs its POMs. */
export interface Establishment {
  readonly prison: string;
  readonly provider: string;
  readonly place: string;
}

/** The prisons of the sandbox. */
export const establishments: readonly Establishment[] = [
  { prison: "LEI", provider: "N03", place: "Leeds" },
  { prison: "MDI", provider: "N07", place: "Moorland" },
  { prison: "WDI", provider: "N02", place: "Wakefield" },
];

/** A member of staff of the seed. */
export interface SeedOfficer {
  readonly code: string;
  readonly forename: string;
  readonly surname: string;
  readonly provider: string;
  readonly teams: readonly string[];
  /** The name of their user, where they have one. */
  readonly user?: string;
}

/** The staff of the sandbox. `N03A007` bears the name of `N03A001` and stands outside the POM team. */
export const officers: readonly SeedOfficer[] = [
  { code: "N03C001", forename: "Dana", surname: "Okafor", provider: "N03", teams: ["N03CMT"], user: "DanaOkafor" },
  { code: "N07C001", forename: "Mikael", surname: "Dubois", provider: "N07", teams: ["N07CMT"], user: "MikaelDubois" },
  { code: "N02C001", forename: "Priya", surname: "Raman", provider: "N02", teams: ["N02CMT"] },
  { code: "N03A001", forename: "Ruth", surname: "Adeyemi", provider: "N03", teams: ["N03POM"] },
  { code: "N03A007", forename: "Ruth", surname: "ADEYEMI", provider: "N03", teams: [] },
  { code: "N03A999", forename: "Old", surname: "Code", provider: "N03", teams: ["N03POM"] },
  { code: "Test", forename: "Test", surname: "Test", provider: "N03", teams: [] },
];

/** The Delius user that the service writes as. */
const serviceUsername = "ManagePomCasesAndDelius";

const seededAt = new Date("2025-01-06T09:00:00Z");

/** Adds code values, prisons, providers, teams and staff, and answers the keys that the cases refer to. */
export function addOrganisation(
  rows: SeedRows,
  places: readonly Establishment[] = establishments,
  staff: readonly SeedOfficer[] = officers,
): Keys {
  const reference = addReferenceData(rows);
  const registerType = addRegisterTypes(rows, reference);
  const { provider, team } = addProviders(rows, places);
  const unallocated = places.map((place) => unallocatedOfficer(place.provider));
  const officerKeys = numbered([...unallocated, ...staff].map(({ code }) => code));
  const keys = { reference, registerType, provider, team, staff: officerKeys };
  rows.add("user_", { user_id: serviceUserId, distinguished_name: serviceUsername, staff_id: null });
  [...unallocated, ...staff].forEach((officer, index) => addOfficer(rows, officer, { keys, userId: index + 2 }));
  return keys;
}

function numbered(names: readonly string[]): (name: string) => number {
  const keys = new Map(names.map((name, index) => [name, index + 1]));
  return (name) => {
    const key = keys.get(name);
    if (key === undefined) throw new Error(`The seed has no ${name}.`);
    return key;
  };
}

function addReferenceData(rows: SeedRows): Keys["reference"] {
  const sets = Object.entries(codeSets);
  const masters = numbered(sets.map(([name]) => name));
  const entries = sets.flatMap(([set, codes]) => Object.entries(codes).map(([code, text]) => ({ set, code, text })));
  const keys = numbered(entries.map(({ set, code }) => `${set}/${code}`));
  for (const [name] of sets) {
    rows.add("r_reference_data_master", { reference_data_master_id: masters(name), code_set_name: name });
  }
  for (const { set, code, text } of entries) {
    rows.add("r_standard_reference_list", {
      standard_reference_list_id: keys(`${set}/${code}`),
      code_value: code,
      code_description: text,
      reference_data_master_id: masters(set),
    });
  }
  contactTypes.forEach((code, index) => rows.add("r_contact_type", { contact_type_id: index + 1, code }));
  return (set, code) => keys(`${set}/${code}`);
}

function addRegisterTypes(rows: SeedRows, reference: Keys["reference"]): Keys["registerType"] {
  const keys = numbered(registerTypes.map(([code]) => code));
  for (const [code, flag] of registerTypes) {
    const flagId = reference("REGISTER TYPE FLAG", flag);
    rows.add("r_register_type", { register_type_id: keys(code), code, register_type_flag_id: flagId });
  }
  return keys;
}

function addProviders(rows: SeedRows, places: readonly Establishment[]): Pick<Keys, "provider" | "team"> {
  const provider = numbered(places.map((place) => place.provider));
  const team = numbered(places.flatMap((place) => teamsOf(place).map(({ code }) => code)));
  for (const place of places) {
    const key = provider(place.provider);
    rows.add("r_institution", { institution_id: key, establishment: "Y", nomis_cde_code: place.prison });
    rows.add("probation_area", {
      probation_area_id: key,
      row_version: 0,
      code: place.provider,
      description: `${place.place} Prison`,
      institution_id: key,
      establishment: "Y",
    });
    const district = { district_id: key, code: `${place.provider}LDU1`, description: `${place.place} North` };
    rows.add("district", district);
    for (const { code, description } of teamsOf(place)) {
      rows.add("team", { team_id: team(code), code, description, district_id: key, probation_area_id: key });
    }
  }
  return { provider, team };
}

function teamsOf({ provider, place }: Establishment) {
  return [
    { code: `${provider}POM`, description: `${place} Prison Offender Managers` },
    { code: `${provider}ALL`, description: `${place} Unallocated Team` },
    { code: `${provider}CMT`, description: `${place} Community Team` },
  ];
}

function unallocatedOfficer(provider: string): SeedOfficer {
  const team = `${provider}ALL`;
  return { code: `${team}U`, forename: "Unallocated", surname: "Staff", provider, teams: [team] };
}

function addOfficer(
  rows: SeedRows,
  officer: SeedOfficer,
  { keys, userId }: { readonly keys: Keys; readonly userId: number },
): void {
  const staffId = keys.staff(officer.code);
  rows.add("staff", {
    staff_id: staffId,
    officer_code: officer.code,
    forename: officer.forename,
    forename2: null,
    surname: officer.surname,
    probation_area_id: keys.provider(officer.provider),
    start_date: seededAt,
    end_date: null,
    private: 0,
    ...auditColumns(seededAt),
  });
  for (const team of officer.teams) {
    rows.add("staff_team", { staff_id: staffId, team_id: keys.team(team), ...auditColumns(seededAt) });
  }
  if (officer.user === undefined) return;
  rows.add("user_", { user_id: userId, distinguished_name: officer.user, staff_id: staffId });
}
