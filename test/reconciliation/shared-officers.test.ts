import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readNomsNumber } from "../../src/delius/person/person.ts";
import { reconcile } from "../../src/operations/reconciliation/reconciliation-job.ts";
import { paths } from "../support/messages.ts";
import { neverAborted } from "../support/test-database.ts";
import { readReport, startDriftWorld, type DriftWorld } from "./drift-fixture.ts";

const ruth = { forename: "Ruth", surname: "Adeyemi" };
const twin = { forename: "Tom", surname: "Twin" };
const cases = ["A1002AA", "A1004AA"].flatMap((text) => readNomsNumber(text) ?? []);

describe("two officers of Manage POM Cases", () => {
  let world: DriftWorld;
  before(async () => {
    world = await startDriftWorld({ cases: 0, drift: 0 });
    // Codes are not unique in Delius.
    await world.database.query(
      `insert into staff select (jsonb_populate_record(staff, jsonb_build_object(
         'staff_id', nextval('staff_id_seq'), 'forename', $1::text, 'surname', $2::text))).*
       from staff where officer_code = 'N03A001'`,
      [twin.forename, twin.surname],
    );
    const allocation = { kind: "allocate", manager: { ...twin, code: 8, email: null }, prison: "LEI" } as const;
    const [event] = await world.service.mpc.act("A1004AA", allocation);
    assert.ok(event);
    assert.deepEqual(await world.service.settled(event.messageId), ["PomAllocated"]);
  });
  after(() => world[Symbol.asyncDispose]());

  /** Compares two cases whose POMs are these in Manage POM Cases, and answers which are said to share an officer. */
  const findShared = async (...managers: readonly (typeof ruth & { readonly code: number })[]) => {
    for (const [index, noms] of cases.entries()) {
      const body = JSON.stringify({ manager: managers[index], prison: { code: "LEI" } });
      world.service.mpc.answerWith(paths.allocation(noms), { status: 200, body });
    }
    const { runId } = await reconcile(world.settings, { nomsNumbers: cases }, neverAborted());
    return (await readReport(world, runId)).filter(([, , name]) => name === "same-officer");
  };

  it("are two in Delius where two members of staff share a code", async () => {
    assert.deepEqual(await findShared({ ...ruth, code: 7 }, { ...twin, code: 8 }), []);
  });

  it("are two in Delius where neither is known there yet, although the same code is foreseen for both", async () => {
    const unknown = { surname: "Unknown" };
    assert.deepEqual(
      await findShared({ ...unknown, forename: "Una", code: 7 }, { ...unknown, forename: "Ulf", code: 8 }),
      [],
    );
  });

  it("are one in Delius where one member of staff stands for both", async () => {
    assert.deepEqual(await findShared({ ...ruth, code: 7 }, { ...ruth, code: 8 }), [
      ["A1004AA", "allocation", "same-officer"],
    ]);
  });

  it("are shown by their code where they share it and are live, in a run of all cases", async () => {
    const listDoubled = async () => (await reconcile(world.settings, { all: true }, neverAborted())).doubledCodes;
    const change = (changes: string) =>
      world.database.query(`update staff set ${changes} where surname = $1`, [twin.surname]);
    const doubled = await listDoubled();
    assert.ok(doubled.includes("N03A001"), doubled.join());
    for (const changes of ["end_date = start_date", "end_date = null, training_session_id = 1"]) {
      await change(changes);
      assert.ok(!(await listDoubled()).includes("N03A001"), changes);
    }
    await change("training_session_id = null");
    const { doubledCodes } = await reconcile(world.settings, { nomsNumbers: cases }, neverAborted());
    assert.deepEqual(doubledCodes, []);
  });
});
