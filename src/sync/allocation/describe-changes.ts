import type { RecordChange } from "../fact/outcome.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { AllocationChanges, NewPom } from "./allocation-changes.ts";
import type { PlannedPom, PlannedResponsibleOfficer, Pom } from "./plan.ts";

/** What an allocation changes, record by record before and after, for the journal. */
export function describeAllocation(changes: AllocationChanges): readonly RecordChange[] {
  const { poms, responsibleOfficers, newPom, newResponsibleOfficer, contacts } = changes;
  return [
    ...poms.map(({ before, after }) => changed("POM", showPom(before), after.removed ? null : showPom(after))),
    ...(newPom === null ? [] : describeNewPom(newPom)),
    ...responsibleOfficers.map(({ before, after }) =>
      changed("responsible officer", showResponsibleOfficer(before), showResponsibleOfficer(after)),
    ),
    ...(newResponsibleOfficer === null
      ? []
      : [added("responsible officer", { pom: "new", ...showPeriod(newResponsibleOfficer) })]),
    ...contacts.map(({ type, at, notes }) => added("contact", { type, at: showInstant(at), notes })),
  ];
}

function describeNewPom(newPom: NewPom): readonly RecordChange[] {
  const { officer, joinsTeam, team } = newPom;
  const { officer: shownCode, ...shown } = showPom({ ...newPom, end: null });
  // Codes are not unique in Delius.
  const known = "staffId" in officer ? { staffId: officer.staffId } : {};
  const pom = added("POM", { officer: shownCode, ...known, ...shown });
  const membership = joinsTeam === null ? [] : [added("team member", { officer: officer.code, team: team.code })];
  if ("staffId" in officer) return [...membership, pom];
  const { code, forename, surname, start } = officer;
  return [added("officer", { code, forename, surname, start: showInstant(start) }), ...membership, pom];
}

type ShownPom = Pick<Pom, "start" | "end" | "email"> & {
  readonly pomId?: Pom["pomId"];
  readonly officer: { readonly code: string | null };
  readonly team: { readonly code: string };
  readonly reason: { readonly code: string };
};

function showPom({ pomId, officer, team, reason, email, start, end }: ShownPom | PlannedPom) {
  return {
    ...(pomId === undefined ? {} : { pomId }),
    officer: officer.code,
    team: team.code,
    reason: reason.code,
    email,
    ...showPeriod({ start, end }),
  };
}

function showResponsibleOfficer({ responsibleOfficerId, pomId, start, end }: PlannedResponsibleOfficer) {
  return { responsibleOfficerId, pom: pomId, ...showPeriod({ start, end }) };
}

function showPeriod({ start, end }: { readonly start: Instant; readonly end: Instant | null }) {
  return { start: showInstant(start), end: end === null ? null : showInstant(end) };
}

function showInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

function changed(record: string, before: RecordChange["before"], after: RecordChange["after"]): RecordChange {
  return { record, before, after };
}

function added(record: string, after: Readonly<Record<string, unknown>>): RecordChange {
  return { record, before: null, after };
}
