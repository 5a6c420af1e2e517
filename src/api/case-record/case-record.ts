import type { Registration } from "../../delius/person/registration.ts";
import { findMappaLevel } from "../risk/mappa.ts";
import { findRosh } from "../risk/rosh.ts";
import { isUnallocatedOfficer } from "../../delius/staff/officer.ts";
import type { KnownEmail } from "../../delius/staff/staff-email.ts";
import type { CaseRecord } from "./case-record-schema.ts";

/** A case as Delius holds it, as far as a case record needs it; codes without the blanks that fill their columns. */
export interface StoredCase {
  readonly crn: string;
  readonly nomsNumber: string | null;
  readonly tier: string | null;
  readonly allocationDecision: string | null;
  readonly manager: CommunityManager | null;
  readonly registrations: readonly Registration[];
}

/** The COM of a stored case. */
export interface CommunityManager {
  /** Null where Delius names only the team. */
  readonly officer: CommunityOfficer | null;
  readonly team: Coded;
  readonly district: Coded | null;
}

/** The officer who is the COM; not all have a code. */
export interface CommunityOfficer {
  readonly code: string | null;
  readonly forename: string;
  readonly forename2: string | null;
  readonly surname: string;
  readonly username: string | null;
  readonly lastKnownEmail: KnownEmail | null;
}

interface Coded {
  readonly code: string;
  readonly description: string;
}

type Manager = NonNullable<CaseRecord["manager"]>;

const resourcingOf = new Map<string | null, CaseRecord["resourcing"]>([
  ["R", "ENHANCED"],
  ["A", "NORMAL"],
]);
const victimLiaison = new Set(["DASO", "INVI"]);

/** The case record of a stored case; `email` is the COM's address, null where they have none (rule C3). */
export function toCaseRecord(stored: StoredCase, email: string | null): CaseRecord {
  const { crn, nomsNumber, tier, allocationDecision, manager, registrations } = stored;
  const rosh = findRosh(registrations);
  return {
    crn,
    nomsId: nomsNumber ?? undefined,
    currentTier: tier ?? undefined,
    resourcing: resourcingOf.get(allocationDecision),
    manager: manager === null ? undefined : toManager(manager, email),
    mappaLevel: findMappaLevel(registrations),
    vloAssigned: hasVictimLiaison(registrations),
    rosh: rosh.kind === "known" ? rosh.rosh : undefined,
  };
}

/**
 * The user whose e-mail address a record shows; null where it shows none. An unallocated officer is no one, so they have
 * neither name nor address: Manage POM Cases would show a placeholder as a person (rule C3).
 */
export function findEmailOwner({ manager }: StoredCase): (CommunityOfficer & { readonly username: string }) | null {
  const officer = manager?.officer ?? null;
  if (officer === null || isUnallocatedOfficer(officer.code)) return null;
  const { username } = officer;
  return username === null ? null : { ...officer, username };
}

function toManager({ officer, district, ...manager }: CommunityManager, email: string | null): Manager {
  const team = { ...manager.team, localDeliveryUnit: district ?? undefined };
  if (officer === null || isUnallocatedOfficer(officer.code)) return { team };
  const { code, forename, forename2, surname } = officer;
  const name = {
    forename: forename2 === null ? forename : `${forename} ${forename2}`,
    middleName: forename2 ?? undefined,
    surname,
  };
  return { team, code: code ?? undefined, name, email: email ?? undefined };
}

function hasVictimLiaison(registrations: readonly Registration[]): boolean {
  return registrations.some(({ type }) => victimLiaison.has(type));
}
