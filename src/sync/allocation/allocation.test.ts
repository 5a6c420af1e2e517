import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  allocated,
  applyChanges,
  day,
  decide,
  factsOf,
  officerOf,
  pom,
  providerOf,
  questionOf,
  responsibleOfficer,
  summer,
  teamOf,
  unallocated,
} from "../../../test/support/allocation-fixture.ts";
import { decideAllocation } from "./allocation.ts";

const months = 30 * day;
const empty = { poms: [], responsibleOfficers: [] };
const leeds = officerOf("N03", 1);
const openPom = pom(1, leeds, { start: summer - 3 * months });
const heldByPom = responsibleOfficer(1, 1, { start: summer - 3 * months });
const heldByCom = responsibleOfficer(2, null, { start: summer - 4 * months });
const periods = (rows: readonly { start: number; end: number | null }[]) => rows.map(({ start, end }) => [start, end]);

// An answer whose e-mail Delius cannot hold.
const mailless = { code: 1, forename: "Forename1", surname: "Officer", email: null, isEmailLeftOut: true } as const;
const leftOut = { kind: "allocated", prisonCode: "LEI", manager: mailless } as const;
const emailReason = "The e-mail address that Manage POM Cases holds is too long or is not one, so it is left out.";

describe("a first allocation", () => {
  const answer = allocated("LEI", 2, "two@example.com");
  const decision = decide(factsOf({ ...empty, responsibleOfficers: [heldByCom] }, answer), questionOf(answer));

  test("adds a POM for reason AUT with contact EPOMAT", () => {
    assert.equal(decision.outcome, "PomAllocated");
    assert.equal(decision.changes?.newPom?.reason.code, "AUT");
    assert.equal(decision.changes.newPom.email, "two@example.com");
    assert.deepEqual(decision.changes.contacts, [
      { type: "EPOMAT", at: summer, notes: "Transfer Reason: Automatic\nTransfer Date: 15/06/2026" },
    ]);
  });

  test("is made without an e-mail that Delius cannot hold, and says so", () => {
    const { outcome, changes, reasons } = decide(factsOf(empty, leftOut), questionOf(leftOut));
    assert.deepEqual([outcome, changes?.newPom?.email], ["PomAllocated", null]);
    assert.ok(reasons.includes(emailReason), reasons.join(" "));
    assert.ok(!decision.reasons.includes(emailReason));
  });

  test("does not touch a COM who is the responsible officer", () => {
    assert.equal(decision.changes?.newResponsibleOfficer, null);
    assert.deepEqual(decision.changes.responsibleOfficers, []);
  });

  test("reports the prison, the person and the London time of the allocation", () => {
    assert.deepEqual(decision.properties, {
      prisonId: "LEI",
      nomsId: "A1001AA",
      allocationDate: "15/06/2026 13:00:00",
    });
  });
});

describe("a reallocation", () => {
  const answer = allocated("LEI", 2);
  const rows = { poms: [openPom], responsibleOfficers: [heldByPom] };
  const after = applyChanges(rows, decide(factsOf(rows, answer), questionOf(answer)).changes);

  test("ends the previous POM when a new one is allocated", () => {
    assert.deepEqual(periods(after.poms), [
      [openPom.start, summer],
      [summer, null],
    ]);
  });

  test("moves the responsible officer where the POM being replaced holds it", () => {
    assert.deepEqual(periods(after.responsibleOfficers), [
      [heldByPom.start, summer],
      [summer, null],
    ]);
    assert.equal(after.responsibleOfficers[1]?.pomId, after.poms[1]?.pomId);
  });

  test("gives the new responsible officer row the end that the old one had", () => {
    const ending = { poms: [openPom], responsibleOfficers: [{ ...heldByPom, end: summer + months }] };
    const { changes } = decide(factsOf(ending, answer), questionOf(answer));
    assert.deepEqual(changes?.newResponsibleOfficer, { start: summer, end: summer + months });
  });

  test("leaves the responsible officer alone where the COM holds it", () => {
    const withCom = { poms: [openPom], responsibleOfficers: [heldByCom] };
    const { changes } = decide(factsOf(withCom, answer), questionOf(answer));
    assert.deepEqual([changes?.responsibleOfficers, changes?.newResponsibleOfficer], [[], null]);
    assert.deepEqual(
      changes?.contacts.map(({ type }) => type),
      ["EPOMIN"],
    );
  });

  test("writes the two contacts with their exact notes, the previous end date among them, unlike the original", () => {
    const { changes } = decide(factsOf(rows, answer), questionOf(answer));
    assert.deepEqual(changes?.contacts, [
      {
        type: "EPOMIN",
        at: summer,
        notes: [
          "Transfer Reason: Internal Transfer",
          "Transfer Date: 15/06/2026",
          "From Establishment Provider: Provider N03",
          "From Team: Team N03POM",
          "From Officer: Officer, Forename1",
        ].join("\n"),
      },
      {
        type: "ROC",
        at: summer,
        notes: [
          "New Details:",
          "Responsible Officer Type: Prison Offender Manager",
          "Responsible Officer: Officer, Forename2 (Team N03POM, Provider N03)",
          "Start Date: 15/06/2026 13:00:00",
          "Allocation Reason: Internal Transfer",
          "",
          "Previous Details:",
          "Responsible Officer Type: Prison Offender Manager",
          "Responsible Officer: Officer, Forename1 (Team N03POM, Provider N03)",
          "Start Date: 17/03/2026 12:00:00",
          "End Date: 15/06/2026 13:00:00",
          "Allocation Reason: Automatic",
        ].join("\n"),
      },
    ]);
  });

  test("to another prison is external", () => {
    const { changes } = decide(factsOf(rows, allocated("MDI", 2)), questionOf(allocated("MDI", 2)));
    assert.deepEqual([changes?.newPom?.reason.code, changes?.contacts[0]?.type], ["EXT", "EPOMEX"]);
  });

  test("moves a later responsible officer row of the old POM to the new one unchanged", () => {
    const later = responsibleOfficer(9, 1, { start: summer + months });
    const planned = { poms: [openPom], responsibleOfficers: [later] };
    const { changes } = decide(factsOf(planned, answer), questionOf(answer));
    assert.deepEqual(changes?.responsibleOfficers[0]?.after, { ...later, pomId: "new" });
  });
});

describe("the same officer", () => {
  const answer = allocated("LEI", 1);

  test("changes nothing, unlike in the original", () => {
    const decision = decide(factsOf({ ...empty, poms: [openPom] }, answer), questionOf(answer));
    assert.deepEqual([decision.outcome, decision.changes], ["NoPomChange", null]);
  });

  test("with another e-mail only has that updated", () => {
    const mailed = allocated("LEI", 1, "new@example.com");
    const { outcome, changes } = decide(factsOf({ ...empty, poms: [openPom] }, mailed), questionOf(mailed));
    assert.equal(outcome, "PomEmailUpdated");
    assert.deepEqual(changes?.poms[0]?.after, { ...openPom, email: "new@example.com", removed: false });
    assert.deepEqual(changes.contacts, []);
  });

  test("keeps the e-mail that Delius has when Manage POM Cases has none", () => {
    const poms = [{ ...openPom, email: "old@example.com" }];
    assert.equal(decide(factsOf({ ...empty, poms }, answer), questionOf(answer)).outcome, "NoPomChange");
  });

  test("keeps the e-mail that Delius has when Manage POM Cases's own is left out, and says so", () => {
    const poms = [{ ...openPom, email: "old@example.com" }];
    const { outcome, reasons } = decide(factsOf({ ...empty, poms }, leftOut), questionOf(leftOut));
    assert.equal(outcome, "NoPomChange");
    assert.ok(reasons.includes(emailReason), reasons.join(" "));
  });

  test("has a planned end cleared, and that of its responsible officer row", () => {
    const end = summer + months;
    const rows = { poms: [{ ...openPom, end }], responsibleOfficers: [{ ...heldByPom, end }] };
    const { outcome, changes } = decide(factsOf(rows, answer), questionOf(answer));
    assert.equal(outcome, "PomRepaired");
    const after = applyChanges(rows, changes);
    assert.deepEqual([after.poms[0]?.end, after.responsibleOfficers[0]?.end], [null, null]);
    assert.deepEqual(changes?.contacts, []);
  });

  test("keeps the end of its responsible officer row where another row follows", () => {
    const end = summer + months;
    const rows = {
      poms: [{ ...openPom, end }],
      responsibleOfficers: [{ ...heldByPom, end }, responsibleOfficer(3, null, { start: end })],
    };
    const after = applyChanges(rows, decide(factsOf(rows, answer), questionOf(answer)).changes);
    assert.deepEqual([after.poms[0]?.end, after.responsibleOfficers[0]?.end], [null, end]);
  });
});

describe("a POM planned for later", () => {
  const future = pom(2, officerOf("N03", 3), { start: summer + months });
  const answer = allocated("LEI", 2);

  test("is removed, and its responsible officer row moves to the new POM and starts with it, where the original deletes it", () => {
    const rows = { poms: [future], responsibleOfficers: [responsibleOfficer(3, 2, { start: summer + months })] };
    const { changes } = decide(factsOf(rows, answer), questionOf(answer));
    assert.equal(changes?.poms[0]?.after.removed, true);
    assert.deepEqual(changes.responsibleOfficers[0]?.after, {
      ...rows.responsibleOfficers[0],
      pomId: "new",
      start: summer,
    });
    assert.deepEqual(
      changes.contacts.map(({ type }) => type),
      ["EPOMAT"],
    );
  });

  test("leaves the start of its responsible officer row alone while another row is current", () => {
    const row = responsibleOfficer(3, 2, { start: summer + months });
    const com = { ...heldByCom, end: summer + months };
    const rows = { poms: [future], responsibleOfficers: [com, row] };
    const { changes } = decide(factsOf(rows, answer), questionOf(answer));
    assert.deepEqual(
      changes?.responsibleOfficers.map(({ after }) => after),
      [{ ...row, pomId: "new" }],
    );
  });

  test("is removed also where the open POM stays, which counts as repaired", () => {
    const rows = { poms: [openPom, future], responsibleOfficers: [] };
    const same = allocated("LEI", 1);
    const { outcome, changes } = decide(factsOf(rows, same), questionOf(same));
    assert.deepEqual([outcome, changes?.contacts], ["PomRepaired", []]);
  });

  test("stays when no one is allocated and no one is open, and is mentioned", () => {
    const decision = decide(
      factsOf({ ...empty, poms: [future] }, { kind: "deallocated" }),
      questionOf({ kind: "deallocated" }),
    );
    assert.deepEqual([decision.outcome, decision.changes], ["NoPomChange", null]);
    assert.match(decision.reasons.join(" "), /1 POM planned for later; that is left/);
  });
});

describe("two open POMs, for which the original dead-letters the case for ever", () => {
  const older = pom(1, officerOf("N03", 3), { start: summer - 5 * months });
  const newer = pom(2, leeds, { start: summer - 2 * months });
  const held = responsibleOfficer(1, 1, { start: summer - 5 * months });
  const answer = allocated("LEI", 1);

  test("become one: the later one stays, the other ends at its start and its responsible officer row moves", () => {
    const rows = { poms: [older, newer], responsibleOfficers: [held] };
    const { outcome, changes, reasons } = decide(factsOf(rows, answer), questionOf(answer));
    const after = applyChanges(rows, changes);
    assert.equal(outcome, "PomRepaired");
    assert.deepEqual(periods(after.poms), [
      [older.start, newer.start],
      [newer.start, null],
    ]);
    assert.deepEqual(after.responsibleOfficers, [{ ...held, pomId: newer.pomId, rowVersion: 1 }]);
    assert.match(reasons.join(" "), /2 open POMs at once/);
  });

  test("that started together become the one with the higher key, and the other is removed", () => {
    const twin = pom(3, leeds, { start: older.start });
    const rows = { poms: [older, twin], responsibleOfficers: [] };
    const after = applyChanges(rows, decide(factsOf(rows, answer), questionOf(answer)).changes);
    assert.deepEqual(
      after.poms.map(({ pomId }) => pomId),
      [twin.pomId],
    );
  });

  test("become one also when no one is allocated and the later one is unallocated already", () => {
    const rows = { poms: [older, pom(2, unallocated("N03"), { start: newer.start })], responsibleOfficers: [] };
    const { outcome, changes } = decide(factsOf(rows, { kind: "deallocated" }), questionOf({ kind: "deallocated" }));
    assert.equal(outcome, "PomRepaired");
    assert.deepEqual(periods(applyChanges(rows, changes).poms), [
      [older.start, newer.start],
      [newer.start, null],
    ]);
  });
});

describe("a deallocation", () => {
  const question = questionOf({ kind: "deallocated" }, { eventStaffCode: null });

  test("moves the case to the unallocated officer of the open POM's provider, reason AUT and no e-mail", () => {
    const rows = { poms: [{ ...openPom, email: "x@example.com" }], responsibleOfficers: [heldByPom] };
    const { outcome, changes, properties } = decide(factsOf(rows, question.answer), question);
    assert.equal(outcome, "PomDeallocated");
    assert.deepEqual(changes?.newPom, {
      officer: unallocated("N03"),
      team: teamOf("N03ALL"),
      provider: providerOf("N03"),
      email: null,
      joinsTeam: null,
      reason: { code: "AUT", description: "Automatic" },
      start: summer,
    });
    assert.deepEqual(
      changes.contacts.map(({ type }) => type),
      ["EPOMAT", "ROC"],
    );
    assert.deepEqual(properties, { nomsId: "A1001AA", allocationDate: "15/06/2026 13:00:00" });
  });

  test("changes nothing without an open POM", () => {
    const ended = pom(1, leeds, { start: summer - 3 * months, end: summer - months });
    assert.equal(decide(factsOf({ ...empty, poms: [ended] }, question.answer), question).outcome, "NoPomChange");
  });

  test("changes nothing where the case is unallocated already", () => {
    const poms = [pom(1, unallocated("N03"), { start: summer - months })];
    assert.equal(decide(factsOf({ ...empty, poms }, question.answer), question).outcome, "NoPomChange");
  });

  test("is quarantined where Delius lacks the unallocated officer", () => {
    const facts = { ...factsOf({ ...empty, poms: [openPom] }, question.answer), unallocatedOfficers: [] };
    assert.equal(decide(facts, question).outcome, "UnallocatedOfficerMissing");
  });

  test("an allocation after it is internal", () => {
    const poms = [pom(1, unallocated("N03"), { start: summer - months })];
    const answer = allocated("LEI", 1);
    assert.equal(decide(factsOf({ ...empty, poms }, answer), questionOf(answer)).changes?.newPom?.reason.code, "INA");
  });
});

describe("a case that is not ready for allocation", () => {
  const answer = { kind: "notReady" } as const;
  const facts = factsOf({ ...empty, poms: [openPom] }, answer);

  test("is left as it is", () => {
    const decision = decide(facts, questionOf(answer));
    assert.deepEqual([decision.outcome, decision.changes], ["NotReadyToAllocate", null]);
  });

  test("counts as deallocated when stale records are to be removed", () => {
    assert.equal(decide(facts, questionOf(answer, { removeStale: true })).outcome, "PomDeallocated");
  });
});

describe("reference data that only people can repair is quarantined, where the original retries blindly", () => {
  const answer = allocated("LEI", 1);

  test("an unknown prison", () => {
    assert.equal(decide({ ...factsOf(empty, answer), destination: null }, questionOf(answer)).outcome, "UnknownPrison");
  });

  test("a provider without a POM team", () => {
    const destination = { provider: providerOf("N03"), team: null };
    assert.equal(decide({ ...factsOf(empty, answer), destination }, questionOf(answer)).outcome, "UnknownTeam");
  });

  test("no officer code left", () => {
    const highestNumbers = Object.fromEntries("ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("").map((letter) => [letter, 999]));
    const facts = { ...factsOf(empty, answer, []), highestNumbers };
    assert.equal(decide(facts, questionOf(answer)).outcome, "StaffCodesExhausted");
  });
});

describe("an officer whom Delius does not know", () => {
  const answer = allocated("LEI", 8);

  test("makes the decision ask for the officer codes first", () => {
    const decision = decideAllocation({ ...factsOf(empty, answer), highestNumbers: null }, questionOf(answer));
    assert.deepEqual(decision, { outcome: "OfficerCodeNeeded", provider: providerOf("N03") });
  });

  test("is created with the next code and joins the POM team", () => {
    const { changes } = decide(factsOf(empty, answer), questionOf(answer));
    assert.deepEqual(changes?.newPom?.officer, {
      code: "N03A004",
      forename: "Forename8",
      surname: "Officer",
      providerId: providerOf("N03").providerId,
      start: summer,
    });
    assert.equal(changes.newPom.joinsTeam, teamOf("N03POM").teamId);
  });

  test("found outside the POM team joins it, which the original does not do", () => {
    const facts = { ...factsOf(empty, answer), candidates: [{ ...officerOf("N03", 8), isInTeam: false }] };
    assert.equal(decide(facts, questionOf(answer)).changes?.newPom?.joinsTeam, teamOf("N03POM").teamId);
  });
});
