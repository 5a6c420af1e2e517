import assert from "node:assert/strict";
import type { AllocationChanges } from "../../src/sync/allocation/allocation-changes.ts";
import type { AllocationQuestion } from "../../src/sync/allocation/allocation-question.ts";
import type { Pom, ResponsibleOfficer, StandingRows } from "../../src/sync/allocation/plan.ts";
import { orderWrites } from "../../src/sync/allocation/allocation-changes.ts";
import type { Decision } from "../../src/sync/fact/outcome.ts";
import { isUnallocatedOfficer } from "../../src/delius/staff/officer.ts";
import { offenderIdSchema } from "../../src/delius/person/person.ts";
import { formatLondonTime, type Instant } from "../../src/platform/time/london-time.ts";
import { providerOfPrison } from "./allocation-fixture.ts";
import { boundariesOf, holdingAt, type Period } from "./timeline.ts";

/** A decision that was written, with what stood before and what stands after it. */
export interface Written {
  readonly before: StandingRows;
  readonly question: AllocationQuestion;
  readonly decision: Decision<AllocationChanges>;
  readonly after: StandingRows;
}

/** What holds for every decision about a POM, no matter what Delius held (P5). */
export const promises: Readonly<Record<string, (written: Written) => void>> = {
  "the open POM equals Manage POM Cases' answer": checkAnswer,
  "no gap and no overlap is added": checkCover,
  "what was so before it takes effect stays so": checkHistory,
  "it takes effect from the event unless Delius speaks of the time since": checkEffectiveTime,
  "at most one responsible officer row is open": checkOneOpen,
  "no two responsible officer rows are open at any moment of the write": checkOrder,
  "every row that is removed has an end": checkRemoved,
  "rows that have ended and rows of a COM are not touched": checkUntouched,
  "responsible officer rows change only where their POM does": checkResponsibleOfficers,
  "the responsible officer moves exactly with the POM who holds it": checkHandOver,
  "every new POM has its contact, and a moved responsible officer a second one": checkContacts,
  "changes carry the rows as they were read, each once": checkVersions,
  "the outcome tells what is written": checkOutcome,
};

function checkAnswer({ before, question, after }: Written): void {
  const { answer, now, removeStale } = question;
  const open = holdingAt(after.poms, now);
  if (answer.kind === "notReady" && !removeStale) return assert.deepEqual(after, before);
  if (answer.kind !== "allocated") {
    const [latest] = sortLatestFirst(holdingAt(before.poms, now));
    const wanted = latest === undefined ? [] : [`${latest.provider.code}ALLU`];
    return assert.deepEqual(
      open.map(({ officer }) => officer.code),
      wanted,
    );
  }
  const { forename, surname, email } = answer.manager;
  const provider = providerOfPrison(answer.prisonCode);
  const named = open.map((pom) => [pom.officer.forename, pom.officer.surname, pom.team.code, pom.provider.code]);
  assert.deepEqual(named, [[forename, surname, `${provider}POM`, provider]]);
  assert.deepEqual([open[0]?.end, email ?? open[0]?.email], [null, open[0]?.email]);
  assert.deepEqual(
    after.poms.filter(({ start }) => start > now),
    [],
  );
}

function checkCover({ before, after }: Written): void {
  for (const sort of ["poms", "responsibleOfficers"] as const) {
    for (const at of boundariesOf(before[sort], after[sort])) {
      const [was, is] = [holdingAt<Period>(before[sort], at).length, holdingAt<Period>(after[sort], at).length];
      assert.ok(is <= Math.max(1, was), `overlap of ${sort} at ${show(at)}`);
      // Rows that Manage POM Cases contradicts go, and a deallocated case may have no one afterwards.
      assert.ok(is >= Math.min(1, was), `gap of ${sort} at ${show(at)}`);
    }
  }
}

function checkHistory({ before, question: { now }, decision, after }: Written): void {
  const until = decision.changes?.newPom?.start ?? now;
  const isTidied = holdingAt(before.poms, now).length > 1;
  const future = before.poms.filter(({ start }) => start > now).map(({ pomId }) => pomId);
  const senseless = before.responsibleOfficers.filter(({ pomId }) => pomId !== null && future.includes(pomId));
  // Someone responsible before they are the POM: contradictory already, and the row moves with its start.
  const isSensible = (row: ResponsibleOfficer) => !senseless.some((one) => sameRow(one, row));
  for (const at of boundariesOf(before.poms, after.poms, before.responsibleOfficers, after.responsibleOfficers)) {
    if (at >= until) return;
    const [was, is] = [before, after].map(({ poms }) => holdingAt(poms, at).map(describePom));
    // Several open POMs become one: the exception of rule A5.
    if (!isTidied) assert.deepEqual(is, was, `POM at ${show(at)}`);
    const [wasResponsible, isResponsible] = [before, after].map((rows) =>
      holdingAt(rows.responsibleOfficers, at).filter(isSensible).map(describeResponsibleOfficer),
    );
    if (!isTidied) assert.deepEqual(isResponsible, wasResponsible, `responsible officer at ${show(at)}`);
  }
}

function describePom({ pomId, start, officer, team, provider, reason }: Pom) {
  return { pomId, start, officer, team, provider, reason };
}

function describeResponsibleOfficer({ responsibleOfficerId, pomId, start }: ResponsibleOfficer) {
  return { responsibleOfficerId, pomId, start };
}

function checkEffectiveTime({ before, question, decision, after }: Written): void {
  const { occurredAt, now, isRefresh, eventStaffCode, answer } = question;
  const changesSince = ({ start, end }: Period) =>
    (start >= occurredAt && start <= now) || (end !== null && end > occurredAt && end <= now);
  const answerCode = answer.kind === "allocated" ? answer.manager.code : null;
  const movesResponsibility = !isSame(before.responsibleOfficers, after.responsibleOfficers);
  const objections = [
    occurredAt > now,
    isRefresh,
    eventStaffCode !== undefined && eventStaffCode !== answerCode,
    before.poms.some(changesSince),
    movesResponsibility && before.responsibleOfficers.some(changesSince),
  ];
  const effective = objections.includes(true) ? now : occurredAt;
  const { changes, properties } = decision;
  if (changes === null) return assert.equal(properties["allocationDate"], formatLondonTime(occurredAt));
  if (changes.newPom === null) return;
  assert.equal(changes.newPom.start, effective);
  assert.equal(properties["allocationDate"], formatLondonTime(effective));
}

function checkOneOpen({ before, after }: Written): void {
  assert.ok(countOpen(after.responsibleOfficers) <= Math.max(1, countOpen(before.responsibleOfficers)));
}

// Delius checks this at once, row by row: what ends is written before what opens.
function checkOrder({ before, decision: { changes } }: Written): void {
  if (changes === null || countOpen(before.responsibleOfficers) > 1) return;
  const { closing, reopening, moving } = orderWrites([{ offenderId: offenderIdSchema.parse(1), changes }]);
  const steps = [...closing.responsibleOfficers, ...reopening.responsibleOfficers, ...moving];
  assert.equal(steps.length, changes.responsibleOfficers.length);
  let rows: readonly OfficerPeriod[] = before.responsibleOfficers;
  for (const step of steps) {
    rows = rows.map((row) => (sameRow(row, step) ? step : row));
    assert.ok(countOpen(rows) <= 1);
  }
  const added = changes.newResponsibleOfficer;
  assert.ok(countOpen(rows) + (added === null ? 0 : countOpen([added])) <= 1);
}

type OfficerPeriod = Pick<ResponsibleOfficer, "responsibleOfficerId" | "end">;

function countOpen(rows: readonly Pick<Period, "end">[]): number {
  return rows.filter(({ end }) => end === null).length;
}

function checkRemoved({ decision: { changes } }: Written): void {
  assert.ok(changes?.poms.every(({ after: { removed, end } }) => !removed || end !== null) ?? true);
}

function checkUntouched({ before, question: { now }, after }: Written): void {
  const ended = before.poms.filter(({ end }) => end !== null && end <= now);
  const left = before.responsibleOfficers.filter(({ end, pomId }) => pomId === null || (end !== null && end <= now));
  assert.deepEqual(
    after.poms.filter((pom) => ended.some(({ pomId }) => pomId === pom.pomId)),
    ended,
  );
  const kept = after.responsibleOfficers.filter((row) => left.some((one) => sameRow(one, row)));
  assert.deepEqual(kept, left);
}

function checkResponsibleOfficers({ before, question: { now }, decision: { changes } }: Written): void {
  const moving = before.poms.filter((pom) => isUnfinished(pom, now));
  for (const { before: read, after: planned } of changes?.responsibleOfficers ?? []) {
    assert.ok(
      moving.some(({ pomId }) => pomId === read.pomId),
      "its POM stays",
    );
    const isBroughtForward = read.start > now && planned.start < read.start;
    assert.ok(planned.start === read.start || isBroughtForward, "its start is history");
    // It ends with its POM, or goes on with it.
    const ends = changes?.newPom == null ? [read.end, null] : [read.end, changes.newPom.start];
    assert.ok(ends.includes(planned.end), "its end is none of ours");
  }
}

function isUnfinished({ end }: Period, now: Instant): boolean {
  return end === null || end > now;
}

/** Who held the responsibility as a POM hands it to the new POM, and no one else does. */
function checkHandOver({ before, question: { now }, decision: { changes }, after }: Written): void {
  if (changes?.newPom == null) return;
  const held = findHeld(before, now, holdingAt(before.poms, now));
  const [added] = findHeld(after, changes.newPom.start, after.poms.slice(-1)).slice(-1);
  if (held.length === 0) return assert.equal(changes.newResponsibleOfficer, null);
  assert.ok(added);
  assert.equal(added.start, changes.newPom.start);
  assert.equal(endOf(added), Math.max(...held.map(endOf)));
}

function endOf({ end }: Period): Instant {
  return end ?? Number.POSITIVE_INFINITY;
}

function findHeld({ responsibleOfficers }: StandingRows, at: Instant, holders: readonly Pom[]) {
  return holdingAt(responsibleOfficers, at).filter((row) => holders.some(({ pomId }) => pomId === row.pomId));
}

function checkContacts({ before, question: { now }, decision: { changes } }: Written): void {
  const types = changes?.contacts.map(({ type }) => type) ?? [];
  if (changes?.newPom == null) return assert.deepEqual(types, []);
  const [open] = sortLatestFirst(holdingAt(before.poms, now));
  const { provider, officer, start, reason } = changes.newPom;
  const isAutomatic = open === undefined || isUnallocatedOfficer(officer.code);
  const external = open?.provider.providerId === provider.providerId ? ["INA", "EPOMIN"] : ["EXT", "EPOMEX"];
  const [reasonCode, contactType] = isAutomatic ? ["AUT", "EPOMAT"] : external;
  const isMoved = findHeld(before, now, holdingAt(before.poms, now)).length > 0;
  assert.deepEqual([reason.code, ...types], [reasonCode, contactType, ...(isMoved ? ["ROC"] : [])]);
  assert.ok(changes.contacts.every(({ at }) => at === start));
}

function checkVersions({ before, decision: { changes } }: Written): void {
  const { poms, responsibleOfficers } = changes ?? { poms: [], responsibleOfficers: [] };
  for (const { before: read, after } of poms) {
    assert.deepEqual(
      read,
      before.poms.find(({ pomId }) => pomId === read.pomId),
    );
    assert.deepEqual([after.pomId, after.rowVersion], [read.pomId, read.rowVersion]);
  }
  for (const { before: read, after } of responsibleOfficers) {
    assert.deepEqual(
      read,
      before.responsibleOfficers.find((row) => sameRow(row, read)),
    );
    assert.ok(sameRow(read, after) && read.rowVersion === after.rowVersion);
  }
  const keys = [
    ...poms.map((change) => `POM ${change.after.pomId}`),
    ...responsibleOfficers.map((change) => `responsible officer ${change.after.responsibleOfficerId}`),
  ];
  assert.equal(new Set(keys).size, keys.length);
}

function checkOutcome({ before, decision, after }: Written): void {
  const unchanged = ["NoPomChange", "NotReadyToAllocate"];
  assert.equal(decision.changes === null, unchanged.includes(decision.outcome), decision.outcome);
  assert.equal(decision.changes === null, isSame([before], [after]));
  assert.equal(
    decision.outcome === "PomAllocated" || decision.outcome === "PomDeallocated",
    decision.changes?.newPom != null,
  );
  assert.ok(decision.reasons.length > 0 && decision.reasons.every((reason) => /^[A-Z0-9].*\.$/.test(reason)));
}

function sortLatestFirst(poms: readonly Pom[]): readonly Pom[] {
  return poms.toSorted((a, b) => b.start - a.start || b.createdAt - a.createdAt || b.pomId - a.pomId);
}

function sameRow(one: { readonly responsibleOfficerId: number }, other: { readonly responsibleOfficerId: number }) {
  return one.responsibleOfficerId === other.responsibleOfficerId;
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function show(instant: Instant): string {
  return new Date(instant).toISOString();
}
