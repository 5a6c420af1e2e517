import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { asksForHelp, readOptions, splitCommandLine, splitOptions, UsageError } from "./command-line.ts";

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.faults;
  }
}

describe("a command line", () => {
  it("is split into words and options", () => {
    const { positionals, values } = splitCommandLine("explain", ["A1001AA", "--json", "--size=3"]);
    assert.deepEqual([positionals, { ...values }], [["A1001AA"], { json: true, size: "3" }]);
    assert.deepEqual(splitOptions("reconcile", ["--noms", "A1001AA", "--noms=A1002AA"], "")["noms"], [
      "A1001AA",
      "A1002AA",
    ]);
  });

  const faulty: readonly (readonly [command: string, args: readonly string[], faults: readonly string[]])[] = [
    ["explain", ["--dance"], ["Unknown option --dance."]],
    ["explain", ["-j"], ["Unknown option -j."]],
    ["explain", ["--toString"], ["Unknown option --toString."]],
    ["reconcile", ["--apply"], ["--apply is an option of refresh, not of reconcile."]],
    [
      "refresh",
      ["--csv", "--json"],
      [
        "--csv is an option of reconcile, not of refresh.",
        "--json is an option of explain and reconcile, not of refresh.",
      ],
    ],
    ["migrate", ["--rate", "3"], ["--rate is an option of reconcile and refresh, not of migrate."]],
    ["refresh", ["--apply=no"], ["--apply takes no value."]],
    ["refresh", ["--rate"], ["--rate needs a value."]],
    ["refresh", ["--noms", "--apply"], ["--noms needs a value."]],
    ["refresh", ["--prison", "LEI", "--prison", "MDI"], ["--prison is given twice."]],
    ["refresh", ["A1001AA"], ['"A1001AA" is not expected: name cases by --noms.']],
  ];
  for (const [command, args, faults] of faulty) {
    it(`is refused: ${command} ${args.join(" ")}`, () => {
      assert.deepEqual(
        faultsOf(() => splitOptions(command, args, "name cases by --noms")),
        faults,
      );
    });
  }

  it("names the option and the value that does not fit", () => {
    const schema = z.object({ size: z.string().regex(/^\d+$/, "must be a whole number") });
    assert.deepEqual(
      faultsOf(() => readOptions(schema, { size: "ten" })),
      ['--size must be a whole number, and not "ten".'],
    );
  });

  it("asks for help in two ways", () => {
    assert.deepEqual([["--help"], ["A1001AA", "-h"], ["help"]].map(asksForHelp), [true, true, false]);
  });
});
