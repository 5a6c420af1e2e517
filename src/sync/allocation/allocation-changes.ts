import type { ContactTypeCode, ReasonCode } from "../fact/delius-codes.ts";
import type { Officer, Provider, ProviderId, Team, TeamId } from "../../delius/staff/officer.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Plan, PlannedPom, PlannedResponsibleOfficer, Pom, ResponsibleOfficer, PomRef } from "./plan.ts";
import type { NewResponsibleOfficer } from "./responsible-officer.ts";
import type { OffenderId } from "../../delius/person/person.ts";

/** An officer whom Delius does not know yet. */
export interface NewOfficer {
  readonly code: string;
  readonly forename: string;
  readonly surname: string;
  readonly providerId: ProviderId;
  readonly start: Instant;
}

/** A POM row to add. */
export interface NewPom {
  readonly officer: Officer | NewOfficer;
  readonly team: Team;
  readonly provider: Provider;
  readonly start: Instant;
  readonly email: string | null;
  readonly reason: { readonly code: ReasonCode; readonly description: string };
  /** The officer is to be counted into this team, which does not hold them yet. */
  readonly joinsTeam: TeamId | null;
}

/** An entry for the case's diary. Provider, team and staff are those of the new POM. */
export interface NewContact {
  readonly type: ContactTypeCode;
  readonly at: Instant;
  readonly notes: string;
}

/** A row that stands and what becomes of it. */
export interface Change<Before, After> {
  readonly before: Before;
  readonly after: After;
}

/** Everything that an allocation writes, as data. */
export interface AllocationChanges {
  readonly poms: readonly Change<Pom, PlannedPom>[];
  readonly responsibleOfficers: readonly Change<ResponsibleOfficer, PlannedResponsibleOfficer>[];
  readonly newPom: NewPom | null;
  readonly newResponsibleOfficer: NewResponsibleOfficer | null;
  readonly contacts: readonly NewContact[];
}

/** The rows of a person before a decision. */
export interface StandingRows {
  readonly poms: readonly Pom[];
  readonly responsibleOfficers: readonly ResponsibleOfficer[];
}

type Differences = Pick<AllocationChanges, "poms" | "responsibleOfficers">;

/** What turns the rows that stand into those of the plan: rows that stay equal are not among it (rule G2). */
export function findDifferences(standing: StandingRows, plan: Plan): Differences {
  const poms = plan.poms.flatMap((after) => {
    const before = standing.poms.find(({ pomId }) => pomId === after.pomId);
    return before === undefined || samePom(before, after) ? [] : [{ before, after }];
  });
  const responsibleOfficers = plan.responsibleOfficers.flatMap((after) => {
    const { responsibleOfficerId } = after;
    const before = standing.responsibleOfficers.find((row) => row.responsibleOfficerId === responsibleOfficerId);
    return before === undefined || sameResponsibleOfficer(before, after) ? [] : [{ before, after }];
  });
  return { poms, responsibleOfficers };
}

/** Whether anything differs. */
export function hasDifferences({ poms, responsibleOfficers }: Differences): boolean {
  return poms.length > 0 || responsibleOfficers.length > 0;
}

function samePom(before: Pom, after: PlannedPom): boolean {
  return !after.removed && before.end === after.end && before.email === after.email;
}

function sameResponsibleOfficer(before: ResponsibleOfficer, after: PlannedResponsibleOfficer): boolean {
  return before.start === after.start && before.end === after.end && before.pomId === after.pomId;
}

/** The changes that were decided for one person. */
export interface AllocationWrite {
  readonly offenderId: OffenderId;
  readonly changes: AllocationChanges;
}

/** A responsible officer row that goes to the POM row which is about to be added. */
export type MovedResponsibleOfficer = PlannedResponsibleOfficer & { readonly offenderId: OffenderId };

/** A responsible officer row that stays with a POM row that stands, or goes to one. */
export type KeptResponsibleOfficer = PlannedResponsibleOfficer & { readonly pomId: Exclude<PomRef, "new"> | null };

/** Rows that stand, as they are to be. */
export interface ChangedRows {
  readonly poms: readonly PlannedPom[];
  readonly responsibleOfficers: readonly KeptResponsibleOfficer[];
}

/** What is written first, second and third. */
export interface OrderedWrites {
  /** Rows that end, end earlier or are removed. */
  readonly closing: ChangedRows;
  /** Every other row that stands: reopened, extended, moved, or with another address. */
  readonly reopening: ChangedRows;
  /** Rows that stand and go to a POM row that is added; written with it. */
  readonly moving: readonly MovedResponsibleOfficer[];
}

/**
 * Puts the changes of rows that stand into the order in which Delius takes them: it refuses a second open responsible
 * officer at once and not when the transaction ends, so what ends is written before what opens (rule D7).
 */
export function orderWrites(writes: readonly AllocationWrite[]): OrderedWrites {
  const poms = writes.flatMap(({ changes }) => changes.poms);
  const officers = writes.flatMap(({ offenderId, changes }) =>
    changes.responsibleOfficers.map((change) => ({ ...change, offenderId })),
  );
  const kept = officers.filter(staysWithKnownPom);
  return {
    closing: {
      poms: poms.filter(isClosing).map(afterOf),
      responsibleOfficers: kept.filter(isClosing).map(afterOf),
    },
    reopening: {
      poms: poms.filter((change) => !isClosing(change)).map(afterOf),
      responsibleOfficers: kept.filter((change) => !isClosing(change)).map(afterOf),
    },
    moving: officers
      .filter((change) => !staysWithKnownPom(change))
      .map(({ after, offenderId }) => ({ ...after, offenderId })),
  };
}

function afterOf<After>({ after }: { readonly after: After }): After {
  return after;
}

function staysWithKnownPom<Row extends Change<ResponsibleOfficer, PlannedResponsibleOfficer>>(
  change: Row,
): change is Row & { readonly after: KeptResponsibleOfficer } {
  return change.after.pomId !== "new";
}

function isClosing({
  before,
  after,
}: Change<Pick<Pom, "end">, Pick<Pom, "end"> & { readonly removed?: boolean }>): boolean {
  if (after.removed === true) return true;
  return after.end !== null && (before.end === null || after.end < before.end);
}
