import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startApi, type ApiResponse, type TestApi } from "../support/test-api.ts";
import { createCaseRows } from "../support/case-rows.ts";

const crns = Array.from({ length: 40 }, (_, index) => `S${String(index).padStart(6, "0")}`);
const broken = "S900000";

describe("requests that wait at the same moment", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      prepare: async (database) => {
        const rows = await createCaseRows(database);
        await rows.addCases([
          ...crns.map((crn) => ({ crn })),
          { crn: broken, registrations: [{ type: "DASO", date: "2026-01-05" }] },
        ]);
        await database.query(
          "update registration set registration_date = '-infinity' where offender_id = (select offender_id from offender where crn = $1)",
          [broken],
        );
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  /** Sends requests while the database is silent, lets it answer when all of them wait, and counts the statements. */
  const askTogether = async (paths: readonly string[]): Promise<readonly ApiResponse[]> => {
    const init = { headers: { authorization: `Bearer ${await api.issuer.sign()}` } };
    // Connections are open and the token is known before the database falls silent.
    await Promise.all(paths.map(() => api.get("/case-records/X999999", init)));
    api.statements.forget();
    api.databaseProxy.stall();
    const answers = paths.map((path) => api.get(path, init));
    // These need no database: when they are answered, what was sent before them waits for it.
    for (let round = 0; round < 5; round += 1) await api.get("/case-records/nobody", init);
    api.databaseProxy.resume();
    return Promise.all(answers);
  };

  it("share a statement, and each is told its own case", async () => {
    const answers = await askTogether(crns.map((crn) => `/case-records/${crn}`));
    assert.deepEqual(
      answers.map(({ body }) => body),
      crns.map((crn) => ({ crn, mappaLevel: 0, vloAssigned: false })),
    );
    const count = api.statements.said.length;
    assert.ok(count <= 4, `${count} statements for ${crns.length} requests`);
  });

  it("share a statement for the risks too", async () => {
    const answers = await askTogether(crns.map((crn) => `/case-records/${crn}/risks/mappa`));
    assert.ok(answers.every(({ status }) => status === 404));
    assert.ok(api.statements.said.length <= 4);
  });

  it("do not fail with one whose case cannot be read", async () => {
    const asked = [...crns.slice(0, 20), broken, ...crns.slice(20)];
    const answers = await askTogether(asked.map((crn) => `/case-records/${crn}`));
    assert.deepEqual(
      answers.map(({ status }) => status),
      asked.map((crn) => (crn === broken ? 500 : 200)),
    );
  });
});
