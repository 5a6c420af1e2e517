import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reconcile } from "../../src/operations/reconciliation/reconciliation-job.ts";
import { startProxy, type Proxy } from "../support/proxy.ts";
import { neverAborted } from "../support/test-database.ts";
import { readReport, startDriftWorld } from "./drift-fixture.ts";

describe("a reconciliation of all cases", { timeout: 110_000 }, () => {
  it("survives the end of every session in the middle, and a lock that it does not get in time", async () => {
    await using world = await startDriftWorld({ cases: 120, drift: 10 });
    const { database, settings } = world;
    // The first step of the run's record fails as a lock does that is not had in time.
    await database.query("create sequence steps");
    await database.query(
      `create function refuse_once() returns trigger language plpgsql as $$ begin
         if nextval('public.steps') = 1 then raise 'locked' using errcode = '55P03'; end if;
         return new;
       end $$`,
    );
    await database.query(
      `create trigger refuse_once before update on mpc_delius.reconciliation_run
       for each row execute function refuse_once()`,
    );
    let compared = 0;
    let ended = 0;
    const compare: typeof settings.compare = async (nomsNumber, signal) => {
      compared += 1;
      if (compared === 60) {
        const sessions = await database.query(
          `select pg_terminate_backend(pid, 3000) from pg_stat_activity
           where datname = current_database() and application_name = 'manage-pom-cases-and-delius'`,
        );
        ended = sessions.length;
      }
      return settings.compare(nomsNumber, signal);
    };
    const { compared: all, runId } = await reconcile({ ...settings, compare }, { all: true }, neverAborted());
    assert.ok(ended > 1);
    assert.equal(all, world.inScope);
    assert.deepEqual(await readReport(world, runId), world.known);
    const [{ steps } = {}] = await database.query("select last_value::int as steps from steps");
    assert.ok(Number(steps) > 1);
  });

  it("survives a database that is away for longer than three tries take", async () => {
    await using resources = new AsyncDisposableStack();
    const through = async (url: string) => {
      proxy = resources.use(await startProxy(url));
      return proxy.url;
    };
    let proxy: Proxy | undefined;
    await using world = await startDriftWorld({ cases: 60, drift: 10, through });
    const { settings } = world;
    let compared = 0;
    const compare: typeof settings.compare = (nomsNumber, signal) => {
      compared += 1;
      if (compared === 30) {
        proxy?.goDown();
        setTimeout(() => proxy?.comeBack(), 2_000);
      }
      return settings.compare(nomsNumber, signal);
    };
    const { compared: all, runId } = await reconcile({ ...settings, compare }, { all: true }, neverAborted());
    assert.equal(all, world.inScope);
    assert.deepEqual(await readReport(world, runId), world.known);
  });
});
