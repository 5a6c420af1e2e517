import type { OffenderId } from "../../delius/person/person.ts";
import {
  describeOfficer,
  type Officer,
  type Provider,
  type ProviderId,
  type Team,
  type TeamId,
} from "../../delius/staff/officer.ts";
import { formatLondonDate, formatLondonTime, type Instant } from "../../platform/time/london-time.ts";
import type { ContactTypeCode, ReasonCode } from "../fact/delius-codes.ts";
import {
  bringForwardResponsibility,
  changePom,
  handOverResponsibility,
  type Moment,
  type Period,
  type Plan,
  type PlannedPom,
  type PlannedResponsibleOfficer,
  type Pom,
  type PomRef,
  type ResponsibleOfficer,
  type StandingRows,
  type Tidied,
} from "./plan.ts";

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
  /** A row for the new POM. */
  readonly newResponsibleOfficer: Period | null;
  readonly contacts: readonly NewContact[];
}

type Differences = Pick<AllocationChanges, "poms" | "responsibleOfficers">;

/** What turns the rows that stand into those of the plan: rows that stay equal are not among it (rule G2). */
export function findDifferences(standing: StandingRows, plan: Plan): Differences {
  const poms = plan.poms.flatMap((after) => {
    const before = standing.poms.find(({ pomId }) => pomId === after.pomId);
    const isEqual = !after.removed && before?.end === after.end && before.email === after.email;
    return before === undefined || isEqual ? [] : [{ before, after }];
  });
  const responsibleOfficers = plan.responsibleOfficers.flatMap((after) => {
    const { responsibleOfficerId, start, end, pomId } = after;
    const before = standing.responsibleOfficers.find((row) => row.responsibleOfficerId === responsibleOfficerId);
    const isEqual = before?.start === start && before.end === end && before.pomId === pomId;
    return before === undefined || isEqual ? [] : [{ before, after }];
  });
  return { poms, responsibleOfficers };
}

/** Whether anything differs. */
export function hasDifferences({ poms, responsibleOfficers }: Differences): boolean {
  return poms.length > 0 || responsibleOfficers.length > 0;
}

/** Why an allocation counts as automatic, internal or external, and the diary entry that goes with it (rule A7). */
const contactTypeOf: Readonly<Record<ReasonCode, ContactTypeCode>> = {
  AUT: "EPOMAT",
  INA: "EPOMIN",
  EXT: "EPOMEX",
};

/** A POM to be replaced, and by what. */
export interface Replacement {
  readonly facts: StandingRows & { readonly reasonDescriptions: Readonly<Record<ReasonCode, string>> };
  readonly tidied: Tidied;
  readonly pom: Omit<NewPom, "reason" | "start">;
  readonly reasonCode: ReasonCode;
  readonly moment: Moment;
}

/** Ends the open POM, adds the new one, hands responsibility over where the old one held it (rules A7, A8). */
export function replacePom({ facts, tidied, pom, reasonCode: code, moment }: Replacement): {
  readonly changes: AllocationChanges;
  readonly reasons: readonly string[];
} {
  const { plan: standing, open, future } = tidied;
  const { at } = moment;
  const newPom: NewPom = { ...pom, reason: { code, description: facts.reasonDescriptions[code] }, start: at };
  const { plan: handedOver, added } =
    open === undefined
      ? { plan: standing, added: null }
      : handOverResponsibility(changePom(standing, open.pomId, { end: at }), open.pomId, moment);
  const plan = bringForwardResponsibility(handedOver, { from: future, to: "new", added }, moment);
  const contacts: NewContact[] = [{ type: contactTypeOf[code], at, notes: writeAllocationNotes(newPom, open) }];
  if (open !== undefined && added !== null) {
    contacts.push({ type: "ROC", at, notes: writeResponsibleOfficerNotes(newPom, open, at) });
  }
  const changes = { ...findDifferences(facts, plan), newPom, newResponsibleOfficer: added, contacts };
  const isMoved = plan.responsibleOfficers.some(({ pomId }) => pomId === "new");
  return { changes, reasons: [...tidied.reasons, ...explain(changes, open, isMoved)] };
}

function explain(
  {
    newPom: { officer, team, provider, reason },
    newResponsibleOfficer: added,
  }: AllocationChanges & { readonly newPom: NewPom },
  open: PlannedPom | undefined,
  isMoved: boolean,
): readonly string[] {
  const where = `${team.description}, ${provider.description}`;
  const started = `${describeOfficer(officer)} of ${where} becomes the POM, reason ${reason.code} (${reason.description}).`;
  const [ended, stays] =
    open === undefined
      ? ["The case had no open POM.", "A first POM does not become the responsible officer."]
      : [
          `The POM until then was ${describeOfficer(open.officer)} of ${open.team.description}.`,
          "That POM was not the responsible officer, so the responsible officer stays.",
        ];
  if (added !== null) return [started, ended, "That POM was the responsible officer, so the new POM becomes it."];
  const moved = "Responsibility that Delius had planned for a POM goes to the new POM.";
  return [started, ended, isMoved ? moved : stays];
}

/** The facts of a POM that diary entries name. */
export interface DescribedPom {
  readonly start: Instant;
  readonly reason: { readonly description: string };
  readonly officer: { readonly forename: string; readonly surname: string };
  readonly team: Pick<Team, "description">;
  readonly provider: Pick<Provider, "description">;
}

/** The notes of an allocation contact, line by line (rule A9). */
export function writeAllocationNotes(to: DescribedPom, from: DescribedPom | undefined): string {
  const lines = [`Transfer Reason: ${to.reason.description}`, `Transfer Date: ${formatLondonDate(to.start)}`];
  if (from === undefined) return lines.join("\n");
  return [
    ...lines,
    `From Establishment Provider: ${from.provider.description}`,
    `From Team: ${from.team.description}`,
    `From Officer: ${from.officer.surname}, ${from.officer.forename}`,
  ].join("\n");
}

/** The notes of a responsible officer contact, line by line (rule A9). */
export function writeResponsibleOfficerNotes(to: DescribedPom, from: DescribedPom, endedAt: Instant): string {
  return [
    "New Details:",
    ...describePom(to, []),
    "",
    "Previous Details:",
    ...describePom(from, [`End Date: ${formatLondonTime(endedAt)}`]),
  ].join("\n");
}

function describePom(
  { officer, team, provider, start, reason }: DescribedPom,
  end: readonly string[],
): readonly string[] {
  return [
    "Responsible Officer Type: Prison Offender Manager",
    `Responsible Officer: ${officer.surname}, ${officer.forename} (${team.description}, ${provider.description})`,
    `Start Date: ${formatLondonTime(start)}`,
    ...end,
    `Allocation Reason: ${reason.description}`,
  ];
}

/** The changes that were decided for one person. */
export interface AllocationWrite {
  readonly offenderId: OffenderId;
  readonly changes: AllocationChanges;
}

/** Rows that stand, as they are to be: none of them goes to a POM row that is added. */
export interface ChangedRows {
  readonly poms: PlannedPom[];
  readonly responsibleOfficers: (PlannedResponsibleOfficer & { readonly pomId: Exclude<PomRef, "new"> | null })[];
}

/**
 * Puts the changes of rows that stand into the order in which Delius takes them: it refuses a second open responsible
 * officer at once and not when the transaction ends, so what ends is written before what opens (rule D7).
 */
export function orderWrites(writes: readonly AllocationWrite[]) {
  // Rows that end, end earlier or are removed.
  const closing: ChangedRows = { poms: [], responsibleOfficers: [] };
  // Every other row that stands: reopened, extended, moved, or with another address.
  const reopening: ChangedRows = { poms: [], responsibleOfficers: [] };
  // Rows that stand and go to a POM row that is added; written with it.
  const moving: (PlannedResponsibleOfficer & { readonly offenderId: OffenderId })[] = [];
  for (const { offenderId, changes } of writes) {
    for (const change of changes.poms) (isClosing(change) ? closing : reopening).poms.push(change.after);
    for (const change of changes.responsibleOfficers) {
      const { pomId } = change.after;
      if (pomId === "new") moving.push({ ...change.after, offenderId });
      else (isClosing(change) ? closing : reopening).responsibleOfficers.push({ ...change.after, pomId });
    }
  }
  return { closing, reopening, moving };
}

function isClosing({
  before,
  after,
}: Change<Pick<Pom, "end">, Pick<Pom, "end"> & { readonly removed?: boolean }>): boolean {
  if (after.removed === true) return true;
  return after.end !== null && (before.end === null || after.end < before.end);
}
