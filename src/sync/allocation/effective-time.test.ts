import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  allocated,
  day,
  decide,
  factsOf,
  minute,
  officerOf,
  pom,
  questionOf,
  responsibleOfficer,
  summer,
} from "../../../test/support/allocation-fixture.ts";

const empty = { poms: [], responsibleOfficers: [] };
const leeds = officerOf("N03", 1);
const openPom = pom(1, leeds, { start: summer - 90 * day });

describe("a decision that keeps the POM", () => {
  const address = "new@example.com";
  const sns = { timeSource: "SNS" } as const;
  const planned = pom(1, leeds, { start: summer - 90 * day, end: summer + day });
  const rows = [
    { outcome: "PomEmailUpdated", held: openPom, email: address },
    { outcome: "PomRepaired", held: planned, email: null },
    { outcome: "NoPomChange", held: openPom, email: null },
  ] as const;
  for (const { outcome, held, email } of rows) {
    test(`says which time was used where it is not the event's: ${outcome}`, () => {
      const answer = allocated("LEI", 1, email);
      const facts = factsOf({ ...empty, poms: [held] }, answer);
      const other = decide(facts, questionOf(answer, sns));
      assert.equal(other.outcome, outcome);
      assert.match(
        other.reasons.at(-1) ?? "",
        /when SNS took the event, 15\/06\/2026.* names no time that can be read\.$/,
      );
      const own = decide(facts, questionOf(answer));
      assert.deepEqual(own.reasons, other.reasons.slice(0, -1));
    });
  }
});

describe("the reason for the effective time", () => {
  const answer = allocated("LEI", 2);
  const now = summer + 10 * minute;
  const since = { start: summer + minute };
  const rows = [
    { name: "names the event's own time", history: empty, rest: {}, means: "the time of the event, 15/06/2026" },
    {
      name: "names SNS where the event has no time",
      history: empty,
      rest: { timeSource: "SNS" },
      means: "when SNS took the event, 15/06/2026",
    },
    { name: "names now where neither has", history: empty, rest: { timeSource: null, occurredAt: now }, means: "now" },
    { name: "names now for a time to come", history: empty, rest: { occurredAt: now + 1 }, means: "still to come" },
    { name: "names now for a refresh", history: empty, rest: { isRefresh: true }, means: "this is a refresh" },
    { name: "names now for a newer answer", history: empty, rest: { eventStaffCode: 1 }, means: "another officer" },
    {
      name: "names now after a change of the POM",
      history: { ...empty, poms: [pom(1, leeds, since)] },
      rest: {},
      means: "POM has changed",
    },
    {
      name: "names now after a change of the responsible officer",
      history: { poms: [openPom], responsibleOfficers: [responsibleOfficer(1, 1, since)] },
      rest: {},
      means: "responsible officer has changed",
    },
  ] as const;
  for (const { name, history, rest, means } of rows) {
    test(name, () => {
      const { reasons } = decide(factsOf(history, answer), questionOf(answer, { now, ...rest }));
      const told = reasons.find((reason) => reason.startsWith("It holds from")) ?? "";
      assert.ok(told.includes(means), told);
    });
  }
});

describe("the effective time", () => {
  const answer = allocated("LEI", 2);
  const now = summer + 10 * minute;
  const startOf = (rows: Parameters<typeof factsOf>[0], rest: Parameters<typeof questionOf>[1] = {}) =>
    decide(factsOf(rows, answer), questionOf(answer, { now, ...rest })).changes?.newPom?.start;

  const rows = [
    { name: "is that of the event", history: empty, rest: {}, at: summer },
    { name: "is now when the event lies in the future", history: empty, rest: { occurredAt: now + 1 }, at: now },
    { name: "is now for a refresh", history: empty, rest: { isRefresh: true }, at: now },
    {
      name: "is that of the event when both name one officer",
      history: empty,
      rest: { eventStaffCode: 2 },
      at: summer,
    },
    { name: "is now when the answer names another officer", history: empty, rest: { eventStaffCode: 1 }, at: now },
    { name: "is now when the event says no one", history: empty, rest: { eventStaffCode: null }, at: now },
    {
      name: "is now when a POM has started since the event",
      history: { ...empty, poms: [pom(1, leeds, { start: summer + minute })] },
      rest: {},
      at: now,
    },
    {
      name: "is now when a POM started just at the event",
      history: { ...empty, poms: [pom(1, leeds, { start: summer })] },
      rest: {},
      at: now,
    },
    {
      name: "is now when a POM has ended since the event",
      history: { ...empty, poms: [pom(1, leeds, { start: summer - day, end: summer + minute })] },
      rest: {},
      at: now,
    },
    {
      name: "is that of the event when a POM ended just at it",
      history: { ...empty, poms: [pom(1, leeds, { start: summer - day, end: summer })] },
      rest: {},
      at: summer,
    },
    {
      name: "is now when a POM has ended just now",
      history: { ...empty, poms: [pom(1, leeds, { start: summer - day, end: now })] },
      rest: {},
      at: now,
    },
    {
      name: "is that of the event when a POM ends later than now",
      history: { ...empty, poms: [pom(1, leeds, { start: summer - day, end: now + 1 })] },
      rest: {},
      at: summer,
    },
    {
      name: "is now when another responsible officer has ended since the event, where the POM's row moves",
      history: {
        poms: [openPom],
        responsibleOfficers: [
          responsibleOfficer(1, 1, { start: summer - day }),
          responsibleOfficer(2, null, { start: summer - day, end: summer + minute }),
        ],
      },
      rest: {},
      at: now,
    },
    {
      name: "is now when a responsible officer has ended since the event and that of a planned POM moves",
      history: {
        poms: [pom(1, leeds, { start: now + day })],
        responsibleOfficers: [
          responsibleOfficer(1, 1, { start: now + day }),
          responsibleOfficer(2, null, { start: summer - day, end: summer + minute }),
        ],
      },
      rest: {},
      at: now,
    },
    {
      name: "is now when the responsible officer who moves has changed since the event",
      history: { poms: [openPom], responsibleOfficers: [responsibleOfficer(1, 1, { start: summer + minute })] },
      rest: {},
      at: now,
    },
    {
      name: "is that of the event when only a responsible officer who stays has changed since",
      history: { poms: [openPom], responsibleOfficers: [responsibleOfficer(1, null, { start: summer + minute })] },
      rest: {},
      at: summer,
    },
    {
      name: "is that of the event when a POM row starts later than now",
      history: { ...empty, poms: [pom(1, leeds, { start: now + day })] },
      rest: {},
      at: summer,
    },
  ];
  for (const { name, history, rest, at } of rows) {
    test(name, () => {
      assert.equal(startOf(history, rest), at);
    });
  }

  describe("where the answer has no staff code", () => {
    const manager = { code: undefined, forename: "Forename2", surname: "Officer", email: null };
    const codeless = { kind: "allocated", prisonCode: "LEI", manager } as const;
    const startWith = (eventStaffCode: number | null | undefined) =>
      decide(factsOf(empty, codeless), questionOf(codeless, { now, eventStaffCode })).changes?.newPom?.start;

    test("is now when the event carries one", () => {
      assert.deepEqual([startWith(2), startWith(null)], [now, now]);
    });

    test("is that of the event when it carries none either", () => {
      assert.equal(startWith(undefined), summer);
    });
  });

  describe("of a deallocation", () => {
    const deallocated = { kind: "deallocated" } as const;
    const startWith = (eventStaffCode: number | null | undefined) => {
      const facts = factsOf({ ...empty, poms: [openPom] }, deallocated);
      return decide(facts, questionOf(deallocated, { now, eventStaffCode })).changes?.newPom?.start;
    };

    test("is that of the event when it says no one, or nothing", () => {
      assert.deepEqual([startWith(null), startWith(undefined)], [summer, summer]);
    });

    test("is now when the event names someone", () => {
      assert.equal(startWith(2), now);
    });
  });
});
