import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findDateOrigin, findPomOrigin, findResponsibilityOrigin, listMarks, type Trail } from "./origin.ts";

const username = "ManagePOMCasesAndDelius";
const at = "2026-04-02T10:30:01.000Z";
const ours = { user: username.toLowerCase(), at };
const theirs = { user: "SomebodyElse", at };
const start = "2026-04-02T10:30:00.000Z";

type Mark = Trail["marks"][number];
type Change = Mark["changes"][number];

function mark(inboxKey: string, changes: readonly Change[], rest: Partial<Mark> = {}): Mark {
  const shown = { decidedAt: "2026-04-02T10:30:01.203+00:00", dryRun: false, outcomeClass: "written" as const };
  return { inboxKey, place: [1_775_125_801_203, 7], changes: [...changes], ...shown, ...rest };
}

const trailOf = (...marks: readonly Mark[]): Trail => ({ marks, username });

describe("the origin of a POM period", () => {
  const pom = { officer: { code: "N03A001 ", forename: "Ruth", surname: "Adeyemi" }, start };
  const added = { record: "POM", before: null, after: { officer: "N03A001", start: "2026-04-02T10:30:00Z" } };

  it("is the newest message that added it", () => {
    const trail = trailOf(mark("new", [added]), mark("old", [added]));
    assert.deepEqual(findPomOrigin(pom, ours, trail), { isService: true, ...ours, inboxKey: "new" });
  });

  for (const [name, change] of [
    ["of another officer", { ...added, after: { ...added.after, officer: "N03A002" } }],
    ["at another time", { ...added, after: { ...added.after, start: "2026-04-02T10:30:01Z" } }],
    ["that only changed it", { ...added, before: added.after }],
    ["that removed it", { ...added, before: added.after, after: null }],
    ["of another record", { ...added, record: "responsible officer" }],
  ] as const) {
    it(`is no message ${name}`, () => {
      assert.deepEqual(findPomOrigin(pom, theirs, trailOf(mark("key", [change]))), { isService: false, ...theirs });
    });
  }

  it("is this service without a message once the message is forgotten", () => {
    assert.deepEqual(findPomOrigin(pom, ours, trailOf()), { isService: true, ...ours });
  });

  it("is no one by name whom Delius no longer has", () => {
    assert.deepEqual(findPomOrigin(pom, { user: null, at }, trailOf()), { isService: false, at });
  });
});

describe("the origin of a period of responsibility", () => {
  const period = { responsibleOfficerId: 20, start };
  const added = { record: "responsible officer", before: null, after: { pom: "new", start } };
  const before = { responsibleOfficerId: 20, pom: 1, start };
  const moved = { record: "responsible officer", before, after: { ...before, pom: 2 } };
  const ended = { record: "responsible officer", before, after: { ...before, end: start } };

  it("is the message that added it, and not one that ended it", () => {
    const origin = findResponsibilityOrigin(period, ours, trailOf(mark("end", [ended]), mark("begin", [added])));
    assert.equal(origin.inboxKey, "begin");
  });

  it("is the message that moved it to its officer, no matter who added it", () => {
    const origin = findResponsibilityOrigin(period, theirs, trailOf(mark("move", [moved]), mark("begin", [added])));
    assert.deepEqual(origin, { isService: true, ...theirs, inboxKey: "move" });
  });

  it("is no message about another row", () => {
    const other = { ...moved, before: { ...before, responsibleOfficerId: 21 } };
    assert.equal(findResponsibilityOrigin(period, ours, trailOf(mark("key", [other]))).inboxKey, undefined);
  });
});

describe("the origin of a handover date", () => {
  const date = { type: "POM2", date: "2027-01-02" };
  const written = { record: "key date", before: null, after: { ...date, keyDateId: 7 } };

  it("is the message that wrote it", () => {
    assert.equal(findDateOrigin(date, ours, trailOf(mark("key", [written]))).inboxKey, "key");
  });

  it("is the one who wrote it again since", () => {
    assert.deepEqual(findDateOrigin(date, theirs, trailOf(mark("key", [written]))), { isService: false, ...theirs });
  });
});

describe("the marks of messages", () => {
  it("are one for each, by what weighs most of its facts, with the page that begins there", () => {
    const rows = [
      mark("two facts", [], { place: [2000, 12], outcomeClass: "no change" }),
      mark("two facts", [], { place: [2000, 11] }),
      mark("rehearsed", [], { place: [1000, 4], dryRun: true }),
    ];
    assert.deepEqual(
      listMarks(rows).map(({ inboxKey, outcomeClass, dryRun, before }) => [
        inboxKey,
        outcomeClass,
        dryRun,
        Buffer.from(before, "base64url").toString(),
      ]),
      [
        ["two facts", "written", false, "[2000,13]"],
        ["rehearsed", "written", true, "[1000,5]"],
      ],
    );
  });
});
