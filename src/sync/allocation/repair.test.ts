import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  allocated,
  applyChanges,
  decide,
  factsOf,
  hour,
  officerOf,
  pom,
  providerOf,
  questionOf,
  responsibleOfficer,
  summer,
  teamOf,
  unallocated,
} from "../../../test/support/allocation-fixture.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { StandingRows } from "./plan.ts";

const leeds = officerOf("N03", 1);
const start = summer - 9 * hour;
const end = summer + 9 * hour;
const periodsOf = (rows: readonly { readonly start: number; readonly end: number | null }[]) =>
  rows.map((row) => [row.start, row.end]);

function decideAndApply(rows: StandingRows, answer: AllocationAnswer) {
  const decision = decide(factsOf(rows, answer), questionOf(answer));
  return { ...decision, after: applyChanges(rows, decision.changes) };
}

describe("an officer counts as the POM already", () => {
  const answer = allocated("LEI", 1);
  const open = pom(1, leeds, { start });
  const outcomeOf = (poms: StandingRows["poms"]) => decideAndApply({ poms, responsibleOfficers: [] }, answer).outcome;

  test("with the same provider and team", () => {
    assert.equal(outcomeOf([open]), "NoPomChange");
  });

  test("not in another team of the provider", () => {
    assert.equal(outcomeOf([{ ...open, team: teamOf("N03ALL") }]), "PomAllocated");
  });

  test("not for another provider", () => {
    assert.equal(outcomeOf([{ ...open, provider: providerOf("N07") }]), "PomAllocated");
  });
});

describe("a POM whose planned end is cleared", () => {
  const poms = [pom(1, leeds, { start, end })];
  const clear = (...responsibleOfficers: StandingRows["responsibleOfficers"]) =>
    periodsOf(decideAndApply({ poms, responsibleOfficers }, allocated("LEI", 1)).after.responsibleOfficers);

  test("has the end of its responsible officer row cleared where both end together", () => {
    assert.deepEqual(clear(responsibleOfficer(1, 1, { start, end })), [[start, null]]);
  });

  test("keeps that of one that ends at another time", () => {
    assert.deepEqual(clear(responsibleOfficer(1, 1, { start, end: end - hour })), [[start, end - hour]]);
  });

  test("keeps it where another row starts at the end", () => {
    const rows = [
      responsibleOfficer(1, 1, { start, end }),
      responsibleOfficer(2, null, { start: end, end: end + hour }),
    ];
    assert.deepEqual(clear(...rows), periodsOf(rows));
  });

  test("keeps it where another row goes on beyond the end", () => {
    const rows = [
      responsibleOfficer(1, 1, { start, end }),
      responsibleOfficer(2, null, { start: end - hour, end: end + hour }),
    ];
    assert.deepEqual(clear(...rows), periodsOf(rows));
  });

  test("has the end of only one row cleared where two end with it", () => {
    const rows = [responsibleOfficer(1, 1, { start, end }), responsibleOfficer(2, 1, { start: summer, end })];
    assert.deepEqual(clear(...rows), [
      [start, end],
      [summer, null],
    ]);
  });
});

test("a POM that held the responsibility by two rows hands it over until the later of their ends", () => {
  const rows = {
    poms: [pom(1, leeds, { start })],
    responsibleOfficers: [
      responsibleOfficer(1, 1, { start, end }),
      responsibleOfficer(2, 1, { start, end: end + hour }),
    ],
  };
  const { changes, after } = decideAndApply(rows, allocated("LEI", 2));
  assert.deepEqual(changes?.newResponsibleOfficer, { start: summer, end: end + hour });
  assert.deepEqual(periodsOf(after.responsibleOfficers), [
    [start, summer],
    [start, summer],
    [summer, end + hour],
  ]);
});

test("of two open POMs, the unallocated one that stays lasts as long as the other would have", () => {
  const rows = {
    poms: [pom(1, leeds, { start }), pom(2, unallocated("N03"), { start: start + hour, end })],
    responsibleOfficers: [],
  };
  const { outcome, after } = decideAndApply(rows, { kind: "deallocated" });
  assert.equal(outcome, "PomRepaired");
  assert.deepEqual(periodsOf(after.poms), [
    [start, start + hour],
    [start + hour, null],
  ]);
});

describe("responsible officer rows of POMs that are planned for later and contradicted", () => {
  const planned = [pom(1, officerOf("N03", 3), { start: end }), pom(2, officerOf("N03", 2), { start: end + hour })];
  const held = [
    responsibleOfficer(1, 1, { start: end, end: end + hour }),
    responsibleOfficer(2, 2, { start: end + hour }),
  ];

  test("move one after the other, only the first of them beginning now", () => {
    const { after } = decideAndApply({ poms: planned, responsibleOfficers: held }, allocated("LEI", 1));
    assert.deepEqual(periodsOf(after.responsibleOfficers), [
      [summer, end + hour],
      [end + hour, null],
    ]);
    assert.deepEqual(new Set(after.responsibleOfficers.map(({ pomId }) => pomId)), new Set([after.poms[0]?.pomId]));
  });

  test("begin when they were to begin where another row stands in between", () => {
    const com = responsibleOfficer(3, null, { start: summer + hour, end });
    const rows = { poms: planned, responsibleOfficers: [...held, com] };
    const { after } = decideAndApply(rows, allocated("LEI", 1));
    assert.deepEqual(periodsOf(after.responsibleOfficers), periodsOf(rows.responsibleOfficers));
  });

  test("keep their start where they began before their POM, for no one would have been responsible meanwhile", () => {
    const early = responsibleOfficer(1, 1, { start });
    const { after } = decideAndApply({ poms: planned, responsibleOfficers: [early] }, allocated("LEI", 1));
    assert.deepEqual(periodsOf(after.responsibleOfficers), [[start, null]]);
  });
});
