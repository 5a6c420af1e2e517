import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { watchConsoleRoutes } from "./listed-routes.ts";
import { addOneOfEach, refreshRun } from "./one-of-each.ts";
import { signedIn } from "./signed-in.ts";

/** What a page is asked for where its path with 1 in the place of each parameter is not enough. */
const addresses: Readonly<Record<string, string>> = {
  "/console/cases/1": "/console/cases/X100004",
  "/console/search": "/console/search?q=X100004",
  "/console/quarantine/replay": "/console/quarantine/replay?group=UnknownPrison",
  "/console/quarantine/discard": "/console/quarantine/discard?group=UnknownPrison",
  "/console/quarantine/restore": "/console/quarantine/restore?inboxKey=1",
  "/console/quarantine/cancel": "/console/quarantine/cancel?inboxKey=1",
  "/console/quarantine/groups/replay": "/console/quarantine/groups/replay?group=UnknownPrison",
  "/console/reconciliation/repairs/1": `/console/reconciliation/repairs/${refreshRun}`,
  "/console/dead-letters/redrive": "/console/dead-letters/redrive?inboxKey=1",
  "/console/waiting/dismiss": "/console/waiting/dismiss?nomsNumber=A1001AA&fact=handover",
};

/** What is answered when all is well, but for 200. */
const otherAnswers: Readonly<Record<string, number>> = {
  "/console/cases/Z9998ZZ": 404,
  "/console/search?q=X100004": 303,
};

/** The way in and out, and the files of the pages: nothing of the database is read for them. */
const isOpen = (path: string) => /^\/console\/(?:sign-|signed-|assets\/)/.test(path);

describe("every page of the console", () => {
  let service: TestService;
  let pages: readonly string[];
  let cookie: string;
  before(async () => {
    using watch = watchConsoleRoutes();
    service = await startService({
      consolePort: 9,
      environment: { PORT: "0" },
      prepare: ({ url }) => seedCases(url, plainCases(2)),
    });
    const opened = watch.list().flatMap(({ method, path }) => (method === "GET" && !isOpen(path) ? path : []));
    pages = [
      ...opened.map((path) => addresses[path] ?? path),
      "/console/cases/Z9998ZZ",
      "/console/cases/X100001?ask=now",
    ];
    await addOneOfEach(service);
    ({ cookie } = await signedIn());
    // The first page waits for the first connection, on a busy machine for longer than a page does.
    while ((await open("/console/waiting")) !== 200);
  });
  after(() => service[Symbol.asyncDispose]());

  const open = async (address: string) => {
    const response = await fetch(service.address + address, { headers: { cookie }, redirect: "manual" });
    await response.text();
    return response.status;
  };
  /** The pages that answer something else than they do when all is well. */
  const openAll = async () => {
    const answered: string[] = [];
    for (const address of pages) {
      const status = await open(address);
      if (status !== (otherAnswers[address] ?? 200)) answered.push(`${address}: ${status}`);
    }
    return answered;
  };
  const listTables = async () => {
    const rows = await service.database.query(
      "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('public', 'mpc_delius')",
    );
    return rows.map(({ name }) => String(name));
  };

  it("is in the list, and opens while no one is at its rows", async () => {
    assert.ok(pages.length > 25, pages.join());
    assert.deepEqual(await openAll(), []);
  });

  it("opens while another transaction writes every row of every table", async () => {
    const tables = await listTables();
    assert.ok(["public.offender", "public.staff", "mpc_delius.ended_session"].every((name) => tables.includes(name)));
    const locks = tables.map((table) => `lock table ${table} in row exclusive mode; select from ${table} for update`);
    // As the pipeline does for a provider whose next officer code it needs.
    const provider = "select from probation_area for update; update probation_area set row_version = row_version + 1";
    await using held = await service.database.hold([...locks, provider].join(";"));
    assert.deepEqual(await openAll(), []);
    await held.rollback();
  });

  it("would be seen to wait: a page whose table is closed says that it is not available", async () => {
    await using held = await service.database.hold("lock table mpc_delius.waiting in access exclusive mode");
    assert.equal(await open("/console/waiting"), 503);
    await held.rollback();
    assert.equal(await open("/console/waiting"), 200);
  });

  it("delays no event, even if it never ended: what a page reads is free to be written", async () => {
    const tables = await listTables();
    const reading = ["set transaction read only", ...tables.map((table) => `select count(*) from ${table}`)];
    await using held = await service.database.hold(reading.join(";"));
    const stopping = new AbortController();
    const visitAll = async (): Promise<readonly string[]> => {
      const faults = await openAll();
      return stopping.signal.aborted ? faults : [...faults, ...(await visitAll())];
    };
    const visits = visitAll();
    for (const person of [0, 1]) {
      service.mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
      const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, nomsOf(person))));
      assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    }
    stopping.abort();
    assert.deepEqual(await visits, []);
    await held.rollback();
    const attempts = await service.database.query("select dependency from mpc_delius.attempt");
    assert.deepEqual(attempts, []);
  });
});
