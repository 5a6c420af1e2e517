import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import type { Pom, ResponsibleOfficer, StandingRows } from "../../src/sync/allocation/plan.ts";
import { toDeliusTime, type Instant } from "../../src/platform/time/london-time.ts";
import { answer, sometimes, standingRows } from "./allocation-arbitrary.ts";
import {
  applyChanges,
  day,
  decide,
  factsOf,
  hour,
  officerOf,
  pom,
  questionOf,
  responsibleOfficer,
  summer,
} from "./allocation-fixture.ts";
import type { Written } from "./allocation-promises.ts";

/** An event of Manage POM Cases, or our own refresh. */
interface Announced {
  readonly occurredAt: Instant;
  readonly eventStaffCode: number | null | undefined;
  readonly isRefresh: boolean;
}

/** Manage POM Cases, the queue and Delius at one moment, and every decision that was written so far. */
export interface World {
  readonly now: Instant;
  readonly answer: AllocationAnswer;
  readonly events: readonly Announced[];
  readonly rows: StandingRows;
  readonly written: readonly Written[];
}

/** One thing that happens in the world. */
export type Step =
  | { readonly does: "wait"; readonly milliseconds: number }
  | { readonly does: "change"; readonly to: AllocationAnswer; readonly isLost: boolean }
  | { readonly does: "read"; readonly place: number; readonly meanwhile: Step }
  | { readonly does: "refresh" }
  | { readonly does: "write by hand"; readonly what: string };

const halfADayLater = summer + 12 * hour;
// In the night in which the clocks show an hour twice, ten minutes before they do.
const autumnNight = Date.parse("2026-10-25T00:50:00.400Z");

/** A world without events, half a day after the first rows of its Delius. */
export function startWorld(rows: StandingRows, now = halfADayLater): World {
  return { now, answer: { kind: "notReady" }, events: [], rows, written: [] };
}

/** The world after something happened in it. */
export function takeStep(world: World, step: Step): World {
  switch (step.does) {
    case "wait":
      return { ...world, now: world.now + step.milliseconds };
    case "change":
      return {
        ...world,
        answer: step.to,
        events: step.isLost ? world.events : [...world.events, announce(world, step.to)],
      };
    case "read": {
      const event = world.events[step.place % Math.max(world.events.length, 1)];
      // Manage POM Cases is asked first; what happens until the case is locked, it does not know.
      return event === undefined ? world : settle(takeStep(world, step.meanwhile), event, world.answer);
    }
    case "refresh":
      return settle(world, { occurredAt: world.now, eventStaffCode: undefined, isRefresh: true }, world.answer);
    case "write by hand":
      return { ...world, rows: hands[step.what]?.({ ...world, now: toDeliusTime(world.now) }) ?? world.rows };
  }
}

// An event says whole seconds.
function announce({ now }: World, to: AllocationAnswer): Announced {
  const eventStaffCode = to.kind === "allocated" ? to.manager.code : null;
  return { occurredAt: Math.floor(now / 1000) * 1000, eventStaffCode, isRefresh: false };
}

function settle(world: World, event: Announced, fetched: AllocationAnswer): World {
  const question = questionOf(fetched, {
    ...event,
    occurredAt: toDeliusTime(event.occurredAt),
    now: toDeliusTime(world.now),
  });
  const decision = decide(factsOf(world.rows, fetched), question);
  const after = applyChanges(world.rows, decision.changes);
  return { ...world, rows: after, written: [...world.written, { before: world.rows, question, decision, after }] };
}

/** Someone else who writes Delius. */
type Hand = (world: World) => StandingRows;

const hands: Readonly<Record<string, Hand>> = {
  "end the open POM": ({ rows, now }) => ({ ...rows, poms: endOpen(rows.poms, now) }),
  "replace the open POM": ({ rows, now }) => addPom({ ...rows, poms: endOpen(rows.poms, now) }, now),
  "replace the open POM an hour ago": ({ rows, now }) =>
    addPom({ ...rows, poms: endOpen(rows.poms, now - hour) }, now - hour),
  "plan to replace the open POM": ({ rows, now }) =>
    addPom({ ...rows, poms: endOpen(rows.poms, now + day) }, now + day),
  "plan another POM": ({ rows, now }) => addPom(rows, now + day),
  "add a POM beside the open one": ({ rows, now }) => addPom(rows, now),
  "add a POM that starts with the open one": ({ rows, now }) => addPom(rows, rows.poms.at(-1)?.start ?? now),
  "add a POM of the first minute of the day": ({ rows, now }) => addPom(rows, startOfDay(now)),
  "make a COM responsible": ({ rows, now }) => moveResponsibility(rows, { pomId: null, start: now }),
  "make the newest POM responsible": ({ rows, now }) => {
    const newest = rows.poms.at(-1);
    const start = Math.max(now, newest?.start ?? now);
    return newest === undefined ? rows : moveResponsibility(rows, { pomId: newest.pomId, start });
  },
  "remove the newest POM": ({ rows }) => removeNewest(rows),
};

/** Midnight in London, at which an older service wrote its rows. */
function startOfDay(now: Instant): Instant {
  const london = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO("Europe/London");
  return london.startOfDay().epochMilliseconds;
}

function endOpen(poms: readonly Pom[], end: Instant): readonly Pom[] {
  return poms.map((row) => (row.end === null && row.start < end ? changed({ ...row, end }) : row));
}

function addPom(rows: StandingRows, start: Instant): StandingRows {
  const id = Math.max(0, ...rows.poms.map(({ pomId }) => pomId)) + 1;
  return { ...rows, poms: [...rows.poms, pom(id, officerOf("N07", 3), { start })] };
}

function moveResponsibility(
  rows: StandingRows,
  { pomId, start }: { readonly pomId: Pom["pomId"] | null; readonly start: Instant },
): StandingRows {
  const ended = rows.responsibleOfficers.map((row) => (row.end === null ? changed(endAt(row, start)) : row));
  const id = Math.max(0, ...ended.map(({ responsibleOfficerId }) => responsibleOfficerId)) + 1;
  return { ...rows, responsibleOfficers: [...ended, responsibleOfficer(id, pomId, { start })] };
}

function endAt(row: ResponsibleOfficer, end: Instant): ResponsibleOfficer {
  return { ...row, end: Math.max(row.start, end) };
}

function removeNewest({ poms, responsibleOfficers }: StandingRows): StandingRows {
  const newest = poms.at(-1)?.pomId;
  return { poms: poms.slice(0, -1), responsibleOfficers: responsibleOfficers.filter(({ pomId }) => pomId !== newest) };
}

function changed<Row extends { readonly rowVersion: number }>(row: Row): Row {
  return { ...row, rowVersion: row.rowVersion + 1 };
}

const pause: fc.Arbitrary<Step> = fc
  .constantFrom(0, 300, 5_000, 600_000, hour, 2 * day)
  .map((milliseconds) => ({ does: "wait", milliseconds }));

const change: fc.Arbitrary<Step> = fc
  .tuple(answer, sometimes(true, fc.constant(false)))
  .map(([to, isLost]) => ({ does: "change", to, isLost }));

/** Something that happens: time passes, Manage POM Cases changes, events are read late and again, others write. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  pause,
  change,
  fc.record({ does: fc.constant("read"), place: fc.nat(9), meanwhile: fc.oneof(pause, change) }),
  fc.constant<Step>({ does: "refresh" }),
  fc.constantFrom(...Object.keys(hands)).map((what): Step => ({ does: "write by hand", what })),
);

/** A Delius to begin with. */
export const firstWorld: fc.Arbitrary<World> = fc
  .tuple(standingRows, fc.constantFrom(halfADayLater, autumnNight))
  .map(([rows, now]) => startWorld(rows, now));
