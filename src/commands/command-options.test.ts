import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reconcileOptions, refreshOptions } from "./command-options.ts";

describe("the options of a command", () => {
  const chosen = [
    { values: {}, selection: null },
    { values: { all: true }, selection: { all: true } },
    {
      values: { noms: ["a1001aa,A1002AA", "A1003AA", "A1001AA"] },
      selection: { nomsNumbers: ["A1001AA", "A1002AA", "A1003AA"] },
    },
    { values: { crn: ["x100001"] }, selection: { crns: ["X100001"] } },
    { values: { prison: "lei" }, selection: { prison: "LEI" } },
    { values: { sample: "20" }, selection: { sample: 20 } },
  ];
  for (const { values, selection } of chosen) {
    it(`${JSON.stringify(values)} choose ${JSON.stringify(selection)}`, () => {
      assert.deepEqual(reconcileOptions.parse(values).selection, selection);
    });
  }

  const faulty: readonly (readonly [values: Readonly<Record<string, unknown>>, fault: string])[] = [
    [{ all: true, prison: "LEI" }, "--all and --prison choose cases in two ways: give one of them"],
    [{ noms: ["A1001AA,nobody"] }, 'must be a NOMS number like A1234BC, which "nobody" is not'],
    [{ noms: [""] }, 'must be a NOMS number like A1234BC, which "" is not'],
    [{ crn: ["A1001AA"] }, 'must be a CRN like X123456, which "A1001AA" is not'],
    [{ prison: "'; drop" }, "must be a prison's code like LEI"],
    [{ sample: "0" }, "must be a whole number from 1 to 10000"],
    [{ sample: "ten" }, "must be a whole number from 1 to 10000"],
    [{ rate: "fast" }, "must be a whole number from 1 to 1000"],
    [{ parallel: "0" }, "must be a whole number from 1 to 64"],
    [{ json: true, csv: true }, "--json and --csv exclude each other"],
    [{ to: "file.csv" }, "--to goes with --json or --csv"],
    [{ "remove-stale": true }, "--remove-stale goes with --repair"],
    [{ "dry-run": true }, "--dry-run goes with --repair"],
  ];
  for (const [values, fault] of faulty) {
    it(`${JSON.stringify(values)} are refused`, () => {
      assert.deepEqual(
        reconcileOptions.safeParse(values).error?.issues.map(({ message }) => message),
        [fault],
      );
    });
  }

  it("of a refresh say either that it writes, or that it does not", () => {
    assert.equal(refreshOptions.parse({ all: true, "dry-run": true }).apply, false);
    const { error } = refreshOptions.safeParse({ apply: true, "dry-run": true });
    assert.equal(error?.issues[0]?.message, "--apply and --dry-run exclude each other");
  });
});
