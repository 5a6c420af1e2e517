import type { FoundCase, ManagerRow, RegistrationRow } from "./peer-case.ts";

const resourcing = new Map<string | null | undefined, string>([
  ["R", "ENHANCED"],
  ["A", "NORMAL"],
]);
const mappaLevels = new Map<string | null, number>([
  ["M0", 0],
  ["M1", 1],
  ["M2", 2],
  ["M3", 3],
]);
const roshLevels = new Map([
  ["RLRH", "LOW"],
  ["RMRH", "MEDIUM"],
  ["RHRH", "HIGH"],
  ["RVHR", "VERY_HIGH"],
  ["RVRH", "VERY_HIGH"],
]);

/** Whose e-mail address a case record shows. */
export function emailOwner(manager: ManagerRow | undefined): string | null {
  return manager === undefined || isNobody(manager) ? null : manager.username;
}

/** The case record, as the service answers it. */
export function toRecord({ person, manager, decision, registrations }: FoundCase, email: string | undefined) {
  return {
    crn: person.crn,
    nomsId: person.noms ?? undefined,
    currentTier: person.tier ?? undefined,
    resourcing: resourcing.get(decision),
    manager: manager === undefined ? undefined : toManager(manager, email),
    mappaLevel: findMappaLevel(registrations),
    vloAssigned: registrations.some(({ type }) => type === "DASO" || type === "INVI"),
    rosh: findRosh(registrations),
  };
}

function isNobody({ officerCode }: ManagerRow): boolean {
  return officerCode.trimEnd().endsWith("U");
}

function toManager(manager: ManagerRow, email: string | undefined) {
  const { officerCode, forename, forename2, surname, districtCode, district } = manager;
  const localDeliveryUnit = districtCode === null ? undefined : { code: districtCode.trimEnd(), description: district };
  const team = { code: manager.teamCode.trimEnd(), description: manager.team, localDeliveryUnit };
  if (isNobody(manager)) return { team };
  const middleName = forename2 === null || forename2.trim() === "" ? undefined : forename2;
  const name = {
    forename: middleName === undefined ? forename : `${forename} ${middleName}`,
    middleName,
    surname,
  };
  return { team, code: officerCode.trimEnd(), name, email };
}

function findMappaLevel(registrations: readonly RegistrationRow[]): number | undefined {
  const mappa = registrations.filter(({ type }) => type === "MAPP");
  if (mappa.length === 0) return 0;
  const counted = mappa.find(({ level }) => level !== null);
  return counted === undefined ? undefined : (mappaLevels.get(counted.level) ?? 0);
}

function findRosh(registrations: readonly RegistrationRow[]) {
  const latest = registrations.find(({ flag }) => flag === "RoSH");
  const level = latest === undefined ? undefined : roshLevels.get(latest.type);
  return latest === undefined || level === undefined ? undefined : { level, startDate: latest.date };
}
