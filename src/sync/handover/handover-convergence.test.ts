import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  applyKeyDates,
  custodyOf,
  datesAnswer,
  decideDates,
  keyDateOf,
} from "../../../test/support/handover-fixture.ts";
import { figures, reportFigures } from "../../../test/support/figures.ts";
import { keyDateTypes, type KeyDateType } from "../fact/delius-codes.ts";
import type { HandoverAnswer } from "./handover-answer.ts";
import type { Custody, KeyDate, KeyDateChange } from "./handover.ts";

const runs = { numRuns: figures.isWhole ? 10_000 : 300 };

/** Manage POM Cases and one custody in Delius. */
interface World {
  readonly answer: HandoverAnswer;
  readonly custody: Custody;
  /** Dates that rows of training sessions hold: the service does not see them, and Delius takes no second row. */
  readonly training: ReadonlySet<string>;
  readonly nextKey: number;
}

type Hand = "insert" | "insert in training" | "change" | "delete softly" | "delete the row" | "bring back";

type Step =
  | { readonly does: "answer"; readonly to: HandoverAnswer }
  | { readonly does: "read" }
  | { readonly does: "write by hand"; readonly what: Hand; readonly type: KeyDateType; readonly date: string };

const nameOf = ({ type, date }: Pick<KeyDate, "type" | "date">) => `${type} ${date}`;

function isTaken({ custody, training }: World, row: Pick<KeyDate, "type" | "date">): boolean {
  const held = [...custody.keyDates, ...custody.deletedKeyDates].map(nameOf);
  return training.has(nameOf(row)) || held.includes(nameOf(row));
}

/** What another hand makes of the rows; nothing where Delius would refuse it or there is no such row. */
function writeByHand(world: World, what: Hand, wanted: Pick<KeyDate, "type" | "date">): World {
  const { custody, training, nextKey } = world;
  const { keyDates, deletedKeyDates } = custody;
  const live = keyDates.find(({ type }) => type === wanted.type);
  const deleted = deletedKeyDates.find(({ type }) => type === wanted.type);
  const withRows = (rows: Partial<Custody>): World => ({ ...world, custody: { ...custody, ...rows } });
  const others = keyDates.filter((row) => row !== live);
  if (what === "bring back") {
    if (deleted === undefined) return world;
    const rest = deletedKeyDates.filter((row) => row !== deleted);
    return withRows({ keyDates: [...keyDates, deleted], deletedKeyDates: rest });
  }
  if (what === "delete the row") return withRows({ keyDates: others });
  if (what === "delete softly") {
    return live === undefined ? world : withRows({ keyDates: others, deletedKeyDates: [...deletedKeyDates, live] });
  }
  if (isTaken(world, wanted)) return world;
  if (what === "insert in training") return { ...world, training: new Set([...training, nameOf(wanted)]) };
  if (what === "change") {
    return live === undefined ? world : withRows({ keyDates: [{ ...live, date: wanted.date }, ...others] });
  }
  const added = keyDateOf(wanted.type, wanted.date, nextKey);
  return { ...withRows({ keyDates: [...keyDates, added] }), nextKey: nextKey + 1 };
}

/** Whether Delius refuses changes, for a row that the service does not see holds one of the dates. */
function isRefused({ training }: World, changes: readonly KeyDateChange[] | null): boolean {
  const names = (changes ?? []).flatMap((change) => {
    if (change.kind === "insert") return nameOf(change);
    return change.kind === "update" ? nameOf({ ...change.before, date: change.date }) : [];
  });
  return names.some((name) => training.has(name));
}

function read(world: World): World {
  const { changes } = decideDates(world.answer, [world.custody]);
  return isRefused(world, changes) ? world : { ...world, custody: applyKeyDates(world.custody, changes) };
}

function takeStep(world: World, step: Step): World {
  if (step.does === "answer") return { ...world, answer: step.to };
  return step.does === "read" ? read(world) : writeByHand(world, step.what, step);
}

const date = fc.integer({ min: 1, max: 5 }).map((day) => `2026-07-0${day}`);
const answered = fc.option(fc.option(date, { nil: null }), { nil: undefined });
const answer: fc.Arbitrary<HandoverAnswer> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(answered, answered).map((both) => datesAnswer(...both)) },
  { weight: 1, arbitrary: fc.constant<HandoverAnswer>({ kind: "noData" }) },
);
const hand = fc.constantFrom<Hand>(
  "insert",
  "insert in training",
  "change",
  "delete softly",
  "delete the row",
  "bring back",
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constant("answer"), to: answer }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("read") }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("write by hand"),
      what: hand,
      type: fc.constantFrom(...keyDateTypes),
      date,
    }),
  },
);

const start: World = { answer: { kind: "noData" }, custody: custodyOf(), training: new Set(), nextKey: 10_000 };

test("any history of answers and of other hands ends in the last answer that is read, or in a refusal that changes nothing", () => {
  const ends = { converged: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: "max" }), answer, (steps, last) => {
      const before = [...steps, { does: "answer", to: last } as const].reduce<World>(takeStep, start);
      const after = read(before);
      const decision = decideDates(last, [after.custody]);
      if (isRefused(before, decideDates(last, [before.custody]).changes)) {
        ends.refused += 1;
        assert.deepEqual(after, before);
        return;
      }
      ends.converged += 1;
      assert.equal(decision.changes, null);
      if (last.kind !== "dates") return;
      for (const [type, value] of [
        ["POM2", last.handoverDate],
        ["POM1", last.handoverStartDate],
      ] as const) {
        if (value === undefined) continue;
        const held = after.custody.keyDates.filter((row) => row.type === type).map((row) => row.date);
        assert.deepEqual(held, value === null ? [] : [value]);
      }
    }),
    runs,
  );
  assert.ok(ends.converged > ends.refused && ends.refused > 0, JSON.stringify(ends));
  reportFigures({ "histories of handover dates that converge": ends.converged });
});
