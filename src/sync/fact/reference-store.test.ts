import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nomsNumberSchema } from "../../delius/person/person.ts";
import { readReferences, refuseWithout } from "./reference-store.ts";

const entry = (codeSet: string) => (code: string) => ({ id: 7, codeSet, code, description: `Description of ${code}` });
const entries = [
  ...["POM1", "POM2"].map(entry("THROUGHCARE DATE TYPE")),
  ...["AUT", "INA", "EXT"].map(entry("POM ALLOCATION REASON")),
  ...["EPOMAT", "EPOMIN", "EPOMEX", "ROC"].map(entry("contact type")),
];
const user = { id: 42, codeSet: "user", code: "Us", description: "Us" };
/** What is read where Delius holds these rows. */
const readFrom = (found: readonly unknown[]) =>
  readReferences({ list: ({ row }) => Promise.resolve(found.map((one) => row.parse(one))) }, "Us", [{ lookedUpAt: 0 }]);
const read = (found: readonly unknown[]) => readFrom([...found, user]);

describe("reference data", () => {
  test("is complete with every code that is written, and has the reasons (rule D5)", async () => {
    assert.deepEqual(await read(entries), {
      missing: { handover: [], allocation: [] },
      reasonDescriptions: { AUT: "Description of AUT", INA: "Description of INA", EXT: "Description of EXT" },
      userId: 42,
    });
  });

  for (const missing of entries) {
    test(`lacks ${missing.code} for the fact that writes it`, async () => {
      const reference = await read(entries.filter((one) => one !== missing));
      const lacking = [`${missing.codeSet} ${missing.code}`];
      const isHandover = missing.codeSet === "THROUGHCARE DATE TYPE";
      assert.deepEqual(
        reference.missing,
        isHandover ? { handover: lacking, allocation: [] } : { handover: [], allocation: lacking },
      );
    });
  }

  test("is looked up by code and set name: the same code of another set does not count", async () => {
    const elsewhere = entries.map((one) => (one.code === "POM1" ? { ...one, codeSet: "REGISTER" } : one));
    const { missing } = await read(elsewhere);
    assert.deepEqual(missing.handover, ["THROUGHCARE DATE TYPE POM1"]);
  });

  test("of an empty Delius lacks everything", async () => {
    const reference = await readFrom([]);
    const { missing, userId } = reference;
    assert.deepEqual([missing.handover.length, missing.allocation.length, userId], [3, 8, null]);
  });

  test("that is missing refuses a case with a sentence that names it", () => {
    const nomsNumber = nomsNumberSchema.parse("A1001AA");
    assert.deepEqual(refuseWithout(["contact type ROC", "user Us"], nomsNumber), {
      outcome: "ReferenceDataMissing",
      properties: { nomsId: "A1001AA" },
      reasons: ["Delius lacks the code values contact type ROC, user Us."],
      changes: null,
    });
  });
});
