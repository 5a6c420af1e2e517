import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { sessionLimits } from "../../src/console/session/session.ts";
import { removeOld } from "../../src/operations/retention/retention-job.ts";
import { captureLines } from "../operations/operations-fixture.ts";
import { startProxy, type Proxy } from "../support/proxy.ts";
import { startService, type TestService } from "../support/service.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";
import { signedIn, type SignedIn } from "./signed-in.ts";

const consolePort = 9;
const origin = `http://127.0.0.1:${consolePort}`;
const page = "/console/waiting";

describe("a session that was signed out", () => {
  const resources = new AsyncDisposableStack();
  let [database, proxy, service]: [TestDatabase?, Proxy?, TestService?] = [];
  let replicas: readonly string[] = [];
  before(async () => {
    database = resources.use(await createTestDatabase());
    proxy = resources.use(await startProxy(database.url));
    const environment = { DATABASE_URL: proxy.url, CONSUMER_ENABLED: "false", PORT: "0" };
    service = resources.use(await startService({ database, consolePort, environment }));
    replicas = [service.address, (await service.startAnother()).address];
    // The first page of a replica waits for its first connection, on a busy machine for longer than a page does.
    const first = await signedIn();
    while ((await statusesOf(first)).some((status) => status !== 200));
  });
  after(() => resources.disposeAsync());

  const ask = (address: string, { cookie }: SignedIn, form?: Readonly<Record<string, string>>) =>
    fetch(address, {
      headers: { cookie, origin },
      redirect: "manual",
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
  const signOut = async (person: SignedIn, replica = replicas[0] ?? "") =>
    ask(`${replica}/console/sign-out`, person, { form: person.form });
  const statusesOf = (person: SignedIn, path = page) =>
    Promise.all(replicas.map(async (replica) => (await ask(replica + path, person)).status));
  const listEnded = async () => {
    const rows = await database?.query("select session_id as id, expires_at as at from mpc_delius.ended_session");
    return rows?.map(({ id, at }) => [id, Number(at)]);
  };

  it("is refused on every replica, by pages, files, forms and the search, though its cookie was kept", async () => {
    const [person, other] = [await signedIn(), await signedIn()];
    assert.deepEqual(await statusesOf(person), [200, 200]);
    const { status, headers } = await signOut(person);
    assert.equal(status, 303);
    assert.match(headers.get("location") ?? "", /sign-out\?client_id=/);
    assert.match(headers.get("set-cookie") ?? "", /^console-session=;.*Max-Age=0/);
    for (const path of [page, "/console/waiting/cases.csv", "/console/search?q=X100001", "/console"]) {
      assert.deepEqual(await statusesOf(person, path), [303, 303], path);
      const { headers: left } = await ask((replicas[1] ?? "") + path, person);
      assert.equal(left.get("location"), `/console/sign-in?returnPath=${encodeURIComponent(path)}`);
    }
    for (const replica of replicas) {
      const answer = await ask(`${replica}/console/intake/pause`, person, { form: person.form, reason: "A copy" });
      assert.equal(answer.status, 401);
      assert.match(await answer.text(), /You have been signed out/);
      const nowhere = await ask(`${replica}/console/nothing`, person);
      assert.equal(nowhere.status, 404);
      assert.doesNotMatch(await nowhere.text(), /A_PERSON/);
    }
    assert.deepEqual(await database?.query("select running from mpc_delius.intake_state"), [{ running: true }]);
    assert.deepEqual(await statusesOf(other), [200, 200]);
  });

  it("may be signed out again, and keeps its row until it would have run out", async () => {
    const person = await signedIn();
    assert.deepEqual([(await signOut(person)).status, (await signOut(person, replicas[1])).status], [303, 303]);
    const ended = (await listEnded())?.filter(([id]) => id === person.session.id);
    assert.deepEqual(ended, [[person.session.id, person.session.signedInAt + sessionLimits.absoluteMs]]);
  });

  it("ends also where it was idle in the browser that signs it out: a copy may not have been", async () => {
    const idle = await signedIn(undefined, Date.now() - sessionLimits.idleMs);
    assert.deepEqual(await statusesOf(idle), [303, 303]);
    assert.equal((await signOut(idle)).status, 303);
    assert.ok((await listEnded())?.some(([id]) => id === idle.session.id));
  });

  it("does not end by a form of another page's", async () => {
    const [person, other] = [await signedIn(), await signedIn()];
    assert.equal((await signOut({ ...person, form: other.form })).status, 403);
    assert.deepEqual(await statusesOf(person), [200, 200]);
  });

  it("is forgotten an hour after it would have run out, and not before", async () => {
    assert.ok(database);
    const { length } = (await listEnded()) ?? [];
    await using store = openStore(database);
    const sweep = async (clock: () => number) => {
      const { log } = captureLines();
      const rules = { retentionDays: 90, historyDays: 90 };
      const settings = { database: store, rules, log, clock, random: () => 0.5, firstAfterMs: 0 };
      return (await removeOld(settings, neverAborted()))["sessions"];
    };
    const young = Date.now() + sessionLimits.absoluteMs - sessionLimits.idleMs;
    assert.equal(await sweep(() => young), 0);
    assert.equal(await sweep(() => young + 2 * 3_600_000), length);
  });

  it("leaves this browser while the database is down, and the page says that it has ended there alone", async () => {
    const person = await signedIn();
    proxy?.goDown();
    const answer = await signOut(person);
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get("set-cookie") ?? "", /^console-session=;.*Max-Age=0/);
    assert.match(await answer.text(), /signed out of this browser only[^]*sign-out\?client_id=/);
    const down = await ask(service?.address + page, person);
    assert.equal(down.status, 503);
    assert.match(await down.text(), /The Delius database cannot be reached/);
    proxy?.comeBack();
    assert.ok(service?.lines.some(({ message }) => message === "a session could not be ended"));
  });
});
