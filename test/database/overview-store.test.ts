import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { getOverview } from "../../src/console/overview/overview-store.ts";
import type { Database } from "../../src/platform/database/database.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";

const now = Date.parse("2026-11-28T12:00:00Z");
const times = { waitingSince: now, since: now, seconds: 3_600 };

describe("the drift that the overview shows", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const addRun = async (selection: object, finishedAt: string | null, differences: object) => {
    const deletes = { extra: 0, stale: 0 };
    const [row] = await database.query(
      `insert into mpc_delius.reconciliation_run (selection, finished_at, totals) values ($1, $2, $3)
       returning reconciliation_run_id::integer as id`,
      [selection, finishedAt, finishedAt === null ? null : { differences, deletes }],
    );
    return row?.["id"];
  };
  const readDrift = async () => (await getOverview(store, times)).needs.drift;

  it("is none before a run over all cases has finished", async () => {
    await addRun({ prison: "LEI" }, "2026-11-27T02:00:00Z", { "pom-missing": 3 });
    await addRun({ all: true }, null, {});
    assert.equal(await readDrift(), null);
  });

  it("is that of the last run over all cases, also after a run over some, and apart what no repair ends", async () => {
    const night = {
      "pom-missing": 3,
      "date-different": 40,
      error: 2,
      "cannot-apply": 500,
      "same-officer": 6,
      stale: 10,
    };
    await addRun({ all: true }, "2026-11-26T02:00:00Z", { "pom-extra": 9 });
    const id = await addRun({ all: true }, "2026-11-28T02:00:00Z", night);
    await addRun({ nomsNumbers: ["A1001AA"] }, "2026-11-28T09:00:00Z", {});
    const drift = await readDrift();
    assert.deepEqual([drift?.id, drift?.differences, drift?.lasting], [id, 45, 516]);
  });

  it("is nothing where that run found nothing", async () => {
    await addRun({ all: true }, "2026-11-28T11:00:00Z", {});
    const drift = await readDrift();
    assert.deepEqual([drift?.differences, drift?.lasting], [0, 0]);
  });
});
