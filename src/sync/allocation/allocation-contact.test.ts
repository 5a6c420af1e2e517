import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeAllocationNotes, writeResponsibleOfficerNotes, type DescribedPom } from "./allocation-changes.ts";

const described = (start: string, surname: string): DescribedPom => ({
  start: Date.parse(start),
  reason: { description: `Reason of ${surname}` },
  officer: { forename: "Jo", surname },
  team: { description: `Team of ${surname}` },
  provider: { description: `Provider of ${surname}` },
});

describe("the notes of an allocation contact", () => {
  test("report only the reason and the date of a first POM", () => {
    const notes = writeAllocationNotes(described("2026-01-15T12:00:00Z", "New"), undefined);
    assert.equal(notes, "Transfer Reason: Reason of New\nTransfer Date: 15/01/2026");
  });

  test("report also from whom the case comes", () => {
    const notes = writeAllocationNotes(
      described("2026-06-15T12:00:00Z", "New"),
      described("2026-01-15T12:00:00Z", "Old"),
    );
    assert.equal(
      notes,
      [
        "Transfer Reason: Reason of New",
        "Transfer Date: 15/06/2026",
        "From Establishment Provider: Provider of Old",
        "From Team: Team of Old",
        "From Officer: Old, Jo",
      ].join("\n"),
    );
  });

  test("report the London date of a summer night", () => {
    assert.match(writeAllocationNotes(described("2026-06-15T23:30:00Z", "New"), undefined), /Date: 16\/06\/2026$/);
  });
});

describe("the notes of a responsible officer contact", () => {
  const notesOf = (to: string, from: string) =>
    writeResponsibleOfficerNotes(described(to, "New"), described(from, "Old"), Date.parse(to));

  test("report the new and the previous POM, and when that one ended, which the original leaves out", () => {
    assert.equal(
      notesOf("2026-06-15T12:00:05Z", "2026-01-15T12:00:00Z"),
      [
        "New Details:",
        "Responsible Officer Type: Prison Offender Manager",
        "Responsible Officer: New, Jo (Team of New, Provider of New)",
        "Start Date: 15/06/2026 13:00:05",
        "Allocation Reason: Reason of New",
        "",
        "Previous Details:",
        "Responsible Officer Type: Prison Offender Manager",
        "Responsible Officer: Old, Jo (Team of Old, Provider of Old)",
        "Start Date: 15/01/2026 12:00:00",
        "End Date: 15/06/2026 13:00:05",
        "Allocation Reason: Reason of Old",
      ].join("\n"),
    );
  });

  const nights = [
    { name: "in the hour that exists twice", at: "2026-10-25T01:15:00Z", shown: "25/10/2026 01:15:00" },
    { name: "after the hour that does not exist", at: "2026-03-29T01:15:00Z", shown: "29/03/2026 02:15:00" },
  ];
  for (const { name, at, shown } of nights) {
    test(`report London time ${name}`, () => {
      const lines = notesOf(at, "2026-01-15T12:00:00Z").split("\n");
      assert.deepEqual([lines[3], lines[10]], [`Start Date: ${shown}`, `End Date: ${shown}`]);
    });
  }
});
