import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows, type GivenAllocation, type GivenCase } from "../support/case-rows.ts";

type Given = Omit<GivenCase, "crn">;

/** What is given, and what the record then has beside its CRN and the two fields that are never absent here. */
const table: Readonly<Record<string, readonly [given: Given, expected: object]>> = {
  "has no NOMS number where none is linked": [{}, {}],
  "has the NOMS number": [{ noms: "F0001AA" }, { nomsId: "F0001AA" }],
  "has no tier where none is set": [{ noms: null }, {}],
  "has the description of the tier": [{ tier: "A1" }, { currentTier: "A1" }],
  "has no tier where its description is not filled in": [{ tier: "D0" }, {}],
  ...describeResourcing({
    "has no resourcing without a case allocation": [[], {}],
    "is enhanced by decision R": [[allocation("R")], { resourcing: "ENHANCED" }],
    "is normal by decision A": [[allocation("A")], { resourcing: "NORMAL" }],
    "has no resourcing by another decision": [[allocation("X")], {}],
    "has no resourcing by an allocation without a decision": [[allocation(null)], {}],
    "does not count an inactive event": [[{ ...allocation("R"), event: "inactive" }], {}],
    "does not count a deleted event": [[{ ...allocation("R"), event: "deleted" }], {}],
    "does not count an inactive disposal": [[{ ...allocation("R"), disposal: "inactive" }], {}],
    "does not count a deleted disposal": [[{ ...allocation("R"), disposal: "deleted" }], {}],
    "does not count an event without a disposal": [[{ ...allocation("R"), disposal: "absent" }], {}],
    "passes over newer allocations that do not count": [
      [
        allocation("A", "2026-01-01T00:00:00Z"),
        { ...allocation("R", "2026-02-01T00:00:00Z"), event: "inactive" },
        { ...allocation("R", "2026-03-01T00:00:00Z"), event: "deleted" },
        { ...allocation("R", "2026-04-01T00:00:00Z"), disposal: "inactive" },
        { ...allocation("R", "2026-05-01T00:00:00Z"), disposal: "deleted" },
      ],
      { resourcing: "NORMAL" },
    ],
    "is by the latest decision, whatever was added last": [
      [allocation("R", "2026-03-01T00:00:00Z"), allocation("A", "2026-01-01T00:00:00Z")],
      { resourcing: "ENHANCED" },
    ],
    "is by the row added last where two decisions have one date": [
      [allocation("R"), allocation("A")],
      { resourcing: "NORMAL" },
    ],
    "is by the dated decision rather than one without a date": [
      [allocation("R"), allocation("A", null)],
      { resourcing: "ENHANCED" },
    ],
    "is by a decision without a date where there is no other": [[allocation("A", null)], { resourcing: "NORMAL" }],
    "has none where the latest decision is another": [
      [allocation("R", "2026-01-01T00:00:00Z"), allocation("X", "2026-02-01T00:00:00Z")],
      {},
    ],
    "has none where the latest allocation is not decided": [
      [allocation("R", "2026-01-01T00:00:00Z"), allocation(null, "2026-02-01T00:00:00Z")],
      {},
    ],
  }),
};

type Resourcing = Readonly<Record<string, readonly [allocations: readonly GivenAllocation[], expected: object]>>;

function describeResourcing(resourcing: Resourcing) {
  return Object.fromEntries(
    Object.entries(resourcing).map(([name, [allocations, expected]]) => [name, [{ allocations }, expected] as const]),
  );
}

function allocation(decision: string | null, date: string | null = "2026-01-08T09:30:00Z"): GivenAllocation {
  return { decision, date };
}

const rows = Object.entries(table).map(([name, [given, expected]], index) => ({
  name,
  given: { crn: `F${String(index).padStart(6, "0")}`, ...given },
  expected,
}));

describe("a case record", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      prepare: async (database) => {
        await database.query("alter table r_standard_reference_list alter column code_description drop not null");
        await database.query("update r_standard_reference_list set code_description = null where code_value = 'D0'");
        const given = await createCaseRows(database);
        await given.addCases(rows.map((row) => row.given));
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const { name, given, expected } of rows) {
    it(name, async () => {
      const { status, body } = await api.get(`/case-records/${given.crn}`);
      const usual = { crn: given.crn, mappaLevel: 0, vloAssigned: false };
      assert.deepEqual({ status, body }, { status: 200, body: { ...usual, ...expected } });
    });
  }
});
