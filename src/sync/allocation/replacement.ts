import type { ContactTypeCode, ReasonCode } from "../fact/delius-codes.ts";
import { formatLondonDate, formatLondonTime, type Instant } from "../../platform/time/london-time.ts";
import { findDifferences, type AllocationChanges, type NewContact, type NewPom } from "./allocation-changes.ts";
import type { AllocationFacts } from "./allocation-question.ts";
import type { Tidied } from "./overlapping-poms.ts";
import { changePom, type PlannedPom, type PomId } from "./plan.ts";
import { describeOfficer, type Provider, type Team } from "../../delius/staff/officer.ts";
import {
  bringForwardResponsibility,
  handOverResponsibility,
  type Moment,
  type NewResponsibleOfficer,
} from "./responsible-officer.ts";

/** Why an allocation counts as automatic, internal or external, and the diary entry that goes with it (rule A7). */
const contactTypeOf: Readonly<Record<ReasonCode, ContactTypeCode>> = {
  AUT: "EPOMAT",
  INA: "EPOMIN",
  EXT: "EPOMEX",
};

/** A POM to be replaced, and by what. */
export interface Replacement {
  readonly facts: AllocationFacts;
  readonly tidied: Tidied;
  /** POM rows that start later, which the replacement contradicts. */
  readonly future: readonly PomId[];
  readonly pom: Omit<NewPom, "reason" | "start">;
  readonly reasonCode: ReasonCode;
  readonly moment: Moment;
}

/** Ends the open POM, adds the new one, hands responsibility over where the old one held it (rules A7, A8). */
export function replacePom(replacement: Replacement): { changes: AllocationChanges; reasons: readonly string[] } {
  const { facts, tidied, future, moment, reasonCode } = replacement;
  const reason = { code: reasonCode, description: facts.reasonDescriptions[reasonCode] };
  const newPom: NewPom = { ...replacement.pom, reason, start: moment.at };
  const { plan: handedOver, added } = endOpenPom(tidied, moment);
  const plan = bringForwardResponsibility(handedOver, { from: future, to: "new", added }, moment);
  const changes = {
    ...findDifferences(facts, plan),
    newPom,
    newResponsibleOfficer: added,
    contacts: writeContacts(newPom, tidied.open, added),
  };
  const isMoved = plan.responsibleOfficers.some(({ pomId }) => pomId === "new");
  return { changes, reasons: [...tidied.reasons, ...explain({ newPom, open: tidied.open, added, isMoved })] };
}

function endOpenPom({ plan, open }: Tidied, moment: Moment) {
  if (open === undefined) return { plan, added: null };
  return handOverResponsibility(changePom(plan, open.pomId, { end: moment.at }), open.pomId, moment);
}

function writeContacts(
  newPom: NewPom,
  open: PlannedPom | undefined,
  added: NewResponsibleOfficer | null,
): readonly NewContact[] {
  const at: Instant = newPom.start;
  const type = contactTypeOf[newPom.reason.code];
  const allocation = { type, at, notes: writeAllocationNotes(newPom, open) };
  if (open === undefined || added === null) return [allocation];
  return [allocation, { type: "ROC", at, notes: writeResponsibleOfficerNotes(newPom, open, at) }];
}

interface Outcome {
  readonly newPom: NewPom;
  readonly open: PlannedPom | undefined;
  readonly added: NewResponsibleOfficer | null;
  /** A responsible officer row of another POM row moves to the new one. */
  readonly isMoved: boolean;
}

function explain(outcome: Outcome): readonly string[] {
  const { newPom, open } = outcome;
  const { officer, team, provider, reason } = newPom;
  const where = `${team.description}, ${provider.description}`;
  const started = `${describeOfficer(officer)} of ${where} becomes the POM, reason ${reason.code} (${reason.description}).`;
  const ended =
    open === undefined
      ? "The case had no open POM."
      : `The POM until then was ${describeOfficer(open.officer)} of ${open.team.description}.`;
  return [started, ended, explainResponsibility(outcome)];
}

function explainResponsibility({ open, added, isMoved }: Outcome): string {
  if (added !== null) return "That POM was the responsible officer, so the new POM becomes it.";
  if (isMoved) return "Responsibility that Delius had planned for a POM goes to the new POM.";
  return open === undefined
    ? "A first POM does not become the responsible officer."
    : "That POM was not the responsible officer, so the responsible officer stays.";
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
