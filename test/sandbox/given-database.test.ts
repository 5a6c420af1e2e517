import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createTestDatabase } from "../support/test-database.ts";
import { makeStateFolder, runProcess, startProcess } from "./sandbox-process.ts";

describe("npm start with DATABASE_URL alone", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());
  const run = async (url: string, directory: string) => {
    const started = all.use(startProcess({ directory, environment: { DATABASE_URL: url } }));
    const printed = await started.ready();
    const { code, errors } = await started.stop();
    assert.deepEqual([code, errors], [0, ""]);
    return printed;
  };

  it("seeds an empty database, plays the scenario once, and never on what was worked on elsewhere", async () => {
    const database = all.use(await createTestDatabase("template1"));
    const state = all.use(await makeStateFolder());
    assert.match(await run(database.url, state.directory), /^What happened in the scenario of [\d/]+ [\d:]+\n/);
    const journal = "select count(*)::integer as rows from mpc_delius.journal";
    const [first] = await database.query(journal);
    const again = await run(database.url, state.directory);
    assert.match(again, /^─+\nConsole /);
    assert.ok(!again.includes(database.url));
    const elsewhere = all.use(await makeStateFolder());
    assert.match(await run(database.url, elsewhere.directory), /^This database has been worked on already\./);
    assert.deepEqual(await database.query(journal), [first]);
    assert.equal(await state.serverPid(), null);
  });

  it("refuses one with tables of someone else's, and leaves it as it is", async () => {
    const database = all.use(await createTestDatabase("template1"));
    await database.query("create table offender (offender_id bigint)");
    const state = all.use(await makeStateFolder());
    const { code, errors } = await runProcess({
      directory: state.directory,
      environment: { DATABASE_URL: database.url },
    });
    assert.equal(code, 1);
    assert.match(errors, /DATABASE_URL names a database with tables of somebody else's/);
    const schemas = await database.query("select 1 from pg_namespace where nspname = 'mpc_delius'");
    assert.deepEqual(schemas, []);
  });

  it("says when the database is out of reach, without its address", async () => {
    const state = all.use(await makeStateFolder());
    const environment = { DATABASE_URL: "postgres://somebody:password@127.0.0.1:9/delius" };
    const { code, errors } = await runProcess({ directory: state.directory, environment });
    assert.deepEqual([code, errors.includes("password")], [1, false]);
    assert.match(errors, /The database is out of reach \(ECONNREFUSED\)/);
  });
});
