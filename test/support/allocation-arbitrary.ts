import fc from "fast-check";
import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import type { AllocationQuestion } from "../../src/sync/allocation/allocation-question.ts";
import type { Pom, ResponsibleOfficer, StandingRows } from "../../src/sync/allocation/plan.ts";
import type { Officer } from "../../src/delius/staff/officer.ts";
import {
  allocated,
  day,
  hour,
  officerOf,
  pom,
  questionOf,
  responsibleOfficer,
  summer,
  unallocated,
} from "./allocation-fixture.ts";
import { align, putInSequence, type Period } from "./timeline.ts";

// Moments are so few that starts, ends, events and decisions often fall on the same one.
const moment = fc.integer({ min: 0, max: 12 }).map((hours) => summer + hours * hour);

const period: fc.Arbitrary<Period> = fc
  .tuple(moment, sometimes<number | null>(null, fc.integer({ min: 0, max: 7 })))
  .map(([start, hours]) => ({ start, end: hours === null ? null : start + hours * hour }));

// Delius lets an officer have no code, and two officers have the same one.
const codeless: Officer = { ...officerOf("N03", 4), code: null };
const sameCode: Officer = { ...officerOf("N07", 3), code: officerOf("N07", 1).code };

const provider = sometimes("N07", fc.constant("N03"));
const officer: fc.Arbitrary<Officer> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(provider, fc.integer({ min: 1, max: 2 })).map(([code, n]) => officerOf(code, n)) },
  { weight: 1, arbitrary: provider.map(unallocated) },
  { weight: 1, arbitrary: fc.constantFrom(codeless, sameCode) },
);

const email = fc.option(fc.constantFrom("one@example.com", "two@example.com"));

function pomRows(isOrderly: boolean): fc.Arbitrary<readonly Pom[]> {
  // A row may be older than one with a lower key.
  const created = fc.integer({ min: 1, max: 3 }).map((days) => summer - days * day);
  return fc.array(fc.tuple(period, officer, email, created), { maxLength: 4 }).map((rows) => {
    const poms = rows.map(([held, by, address, createdAt], index) => ({
      ...pom(index + 1, by, held),
      email: address,
      createdAt,
    }));
    return isOrderly ? putInSequence(poms) : poms;
  });
}

// Such rows mostly begin or end with their POM.
const alignment = fc.record({ start: fc.boolean(), end: fc.boolean() });

function responsibleOfficerRows(isOrderly: boolean, poms: readonly Pom[]): fc.Arbitrary<readonly ResponsibleOfficer[]> {
  const lastOrAny = sometimes(poms.length - 1, fc.nat(poms.length));
  return fc.array(fc.tuple(period, alignment, lastOrAny), { maxLength: 4 }).map((rows) => {
    const officers = rows.map(([held, aligned, place], index) => {
      const holder = poms[place];
      const own = holder === undefined ? held : align(held, holder, aligned);
      return { ...responsibleOfficer(index + 1, holder?.pomId ?? null, own), rowVersion: index };
    });
    return isOrderly ? putInSequence(officers) : officers;
  });
}

/**
 * The rows of a person: mostly orderly, as the database's constraints keep them, sometimes with overlaps and
 * responsible officer rows beside their POM's time, as other systems can leave them.
 */
export const standingRows: fc.Arbitrary<StandingRows> = sometimes(false, fc.constant(true)).chain((isOrderly) =>
  pomRows(isOrderly).chain((poms) =>
    responsibleOfficerRows(isOrderly, poms).map((responsibleOfficers) => ({ poms, responsibleOfficers })),
  ),
);

/** What Manage POM Cases may answer: officers that Delius knows, one that it does not, no one, not ready. */
export const answer: fc.Arbitrary<AllocationAnswer> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(sometimes("MDI", fc.constant("LEI")), fc.constantFrom(1, 1, 2, 4), email)
      .map((named) => allocated(...named)),
  },
  { weight: 2, arbitrary: fc.constant<AllocationAnswer>({ kind: "deallocated" }) },
  { weight: 1, arbitrary: fc.constant<AllocationAnswer>({ kind: "notReady" }) },
);

/** A question at any moment: events of long ago, of this moment and of the future, late answers and refreshes. */
export const question: fc.Arbitrary<AllocationQuestion> = fc
  .record({
    answer,
    now: fc.integer({ min: 4, max: 12 }).map((hours) => summer + hours * hour),
    ago: fc.constantFrom(0, 0.5, 0.5, 1, 2, 5, -1),
    isRefresh: sometimes(true, fc.constant(false)),
    eventStaffCode: sometimes<number | null | undefined>(undefined, fc.constantFrom(null, 1, 2)),
    removeStale: sometimes(true, fc.constant(false)),
  })
  .map(({ answer: given, ago, ...rest }) => questionOf(given, { ...rest, occurredAt: rest.now - ago * hour }));

/** Mostly the arbitrary's values; one in three is the value given. */
export function sometimes<Value>(value: Value, arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 2, arbitrary }, { weight: 1, arbitrary: fc.constant(value) });
}
