import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { findFreePort, listenOn } from "../../sandbox/free-port.ts";
import packageFile from "../../package.json" with { type: "json" };
import { createApp } from "../../src/app/app.ts";
import { readConfig } from "../../src/app/config.ts";
import { startIssuer } from "../support/issuer.ts";
import { startApi } from "../support/test-api.ts";
import { startProxy } from "../support/proxy.ts";
import { startService, type TestService } from "../support/service.ts";

const nobody = "http://127.0.0.1:9";
const healthSchema = z.object({
  status: z.string(),
  components: z.record(
    z.string(),
    z.object({ status: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
  ),
});
const components = ["consumer", "database", "hmppsAuth", "mpc", "queue", "staffDirectory"];

async function get(address: string, path: string) {
  const response = await fetch(address + path);
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type") ?? "", text };
}

async function healthOf(address: string) {
  const began = performance.now();
  const { text } = await get(address, "/health");
  const milliseconds = performance.now() - began;
  assert.ok(milliseconds < 1_500, `health took ${milliseconds} ms`);
  assert.doesNotMatch(text, /127\.0\.0\.1|localhost|http|postgres/);
  return healthSchema.parse(JSON.parse(text));
}

function listDown(health: z.infer<typeof healthSchema>): readonly string[] {
  return Object.entries(health.components).flatMap(([name, { status }]) => (status === "UP" ? [] : name));
}

describe("the health of the service", () => {
  let service: TestService;
  let silent: Server;
  const callers = new Set<Socket>();
  before(async () => {
    silent = createServer((socket) => callers.add(socket.on("error", () => undefined)));
    await listenOn(silent, 0);
    service = await startService();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    const closed = once(silent, "close");
    silent.close();
    callers.forEach((socket) => socket.destroy());
    await closed;
  });

  it("is up when everything it leans on is, and shows the queue and the consumer", async () => {
    const { status, components: shown } = await healthOf(service.address);
    assert.deepEqual([status, Object.keys(shown).toSorted()], ["UP", components]);
    assert.deepEqual(shown["queue"]?.details, {
      name: "manage-pom-cases-and-delius",
      waiting: 0,
      inFlight: 0,
      dead: 0,
    });
    assert.deepEqual([shown["consumer"]?.details?.["state"], shown["consumer"]?.details?.["inHand"]], ["running", 0]);
  });

  it("does not mind that the console is off, which has no page then", async () => {
    for (const path of ["/console", "/console/sign-in", "/console/messages"]) {
      assert.equal((await get(service.address, path)).status, 404);
    }
    assert.equal((await healthOf(service.address)).status, "UP");
  });

  it("is up when the dead-letter queue is gone, which is named", async () => {
    const SQS_DLQ_URL = service.queue.queueUrl.replace(/[^/]+$/, "gone");
    await using other = await service.startAnother({ CONSUMER_ENABLED: "false", SQS_DLQ_URL });
    const { status, components: shown } = await healthOf(other.address);
    assert.deepEqual([status, shown["queue"]?.status], ["UP", "UP"]);
    assert.deepEqual(shown["queue"]?.details?.["deadLetterQueue"], { name: "gone", error: "QueueDoesNotExist" });
  });

  it("answers 200 when it is up and 503 when it is not", async () => {
    const other = await service.startAnother({ CONSUMER_ENABLED: "false", LDAP_URL: "ldap://127.0.0.1:9" });
    assert.deepEqual(
      [(await get(service.address, "/health")).status, (await get(other.address, "/health")).status],
      [200, 503],
    );
  });

  const away: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    mpc: { MPC_API_URL: nobody },
    hmppsAuth: { AUTH_JWKS_URL: `${nobody}/jwks` },
    staffDirectory: { LDAP_URL: "ldap://127.0.0.1:9" },
    queue: { AWS_ENDPOINT_URL_SQS: nobody },
  };
  for (const [component, environment] of Object.entries(away)) {
    it(`is down with ${component} alone, and the service is neither unready nor dead`, async () => {
      await using other = await service.startAnother({ CONSUMER_ENABLED: "false", ...environment });
      const health = await healthOf(other.address);
      assert.deepEqual([health.status, listDown(health)], ["DOWN", [component]]);
      assert.equal(typeof health.components[component]?.details?.["error"], "string");
      for (const path of ["/health/readiness", "/health/liveness", "/health/ping", "/ping"]) {
        const { status, text } = await get(other.address, path);
        assert.deepEqual([status, JSON.parse(text)], [200, { status: "UP" }]);
      }
    });
  }

  it("is down with HMPPS Auth while it publishes no key that can be used", async () => {
    await using issuer = await startIssuer();
    await using other = await service.startAnother({ CONSUMER_ENABLED: "false", AUTH_JWKS_URL: issuer.jwksUrl });
    issuer.answerWith({ body: '{"keys":[]}' });
    const health = await healthOf(other.address);
    assert.deepEqual(listDown(health), ["hmppsAuth"]);
  });

  it("is shown within about a second, no matter what hangs, and all of it together", async () => {
    const { port } = z.object({ port: z.number() }).parse(silent.address());
    const hanging = `http://127.0.0.1:${port}`;
    await using database = await startProxy(service.database.url);
    await using other = await service.startAnother({
      CONSUMER_ENABLED: "false",
      DATABASE_URL: database.url,
      MPC_API_URL: hanging,
      AUTH_JWKS_URL: `${hanging}/jwks`,
      LDAP_URL: `ldap://127.0.0.1:${port}`,
      AWS_ENDPOINT_URL_SQS: hanging,
    });
    database.stall();
    const health = await healthOf(other.address);
    assert.deepEqual(
      listDown(health).toSorted(),
      components.filter((name) => name !== "consumer"),
    );
    database.resume();
  });

  it("is looked at once in two seconds", async () => {
    await using proxy = await startProxy(service.database.url);
    await using other = await service.startAnother({ CONSUMER_ENABLED: "false", DATABASE_URL: proxy.url });
    assert.deepEqual(listDown(await healthOf(other.address)), []);
    await proxy[Symbol.asyncDispose]();
    assert.deepEqual(listDown(await healthOf(other.address)), []);
  });
});

describe("a service that waits for its database", () => {
  it("is alive and not ready, and is ready when the database is there", async () => {
    await using api = await startApi();
    await using proxy = await startProxy(api.database.url);
    proxy.stall();
    const port = await findFreePort();
    const environment = { ...api.environment, DATABASE_URL: proxy.url, PORT: String(port) };
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    await using app = createApp(readConfig(environment), { log: quiet });
    const started = app.start();
    const address = `http://127.0.0.1:${port}`;
    const readiness = await untilAnswered(address, "/health/readiness");
    assert.deepEqual([readiness.status, readiness.text], [503, '{"status":"DOWN"}']);
    assert.equal((await get(address, "/health/liveness")).status, 200);
    assert.equal((await get(address, "/ping")).status, 200);
    proxy.resume();
    await started;
    assert.equal((await get(address, "/health/readiness")).status, 200);
  });
});

describe("what the service tells of itself", () => {
  it("is which build it is, since when it runs and how it is set", async () => {
    await using api = await startApi({ environment: { BUILD_COMMIT: "4f1c2ab", HANDOVER_NULL_DATES: "keep" } });
    const { status, text } = await get(api.address, "/info");
    const { uptime, ...info } = z.looseObject({ uptime: z.unknown() }).parse(JSON.parse(text));
    assert.deepEqual(
      [status, info],
      [
        200,
        {
          git: { commit: "4f1c2ab" },
          build: { name: "manage-pom-cases-and-delius", version: packageFile.version },
          productId: "HMPPS518",
          features: { consumer: false, handoverNullDates: "keep" },
        },
      ],
    );
    const { seconds, since } = z.object({ seconds: z.int(), since: z.iso.datetime() }).parse(uptime);
    assert.ok(seconds < 60 && Date.now() - Date.parse(since) < 60_000);
  });

  it("is counted for Prometheus by route and status, and names no one", async () => {
    await using api = await startApi();
    for (const path of [
      "/case-records/X100001",
      "/case-records/A1001AA",
      "/case-records/X999999",
      "/nowhere/X100002",
    ]) {
      await api.get(path);
    }
    await api.get("/case-records/X100001", { headers: {} });
    const { status, type, text } = await get(api.address, "/metrics");
    assert.deepEqual([status, type.startsWith("text/plain; version=0.0.4")], [200, true]);
    const counts = text.split("\n").filter((line) => line.startsWith("http_server_request_duration_seconds_count"));
    const told = (route: string, code: number, count: number) =>
      `http_server_request_duration_seconds_count{method="GET",route="${route}",status="${code}"} ${count}`;
    assert.deepEqual(counts.toSorted(), [
      told("/case-records/:identifier", 200, 2),
      told("/case-records/:identifier", 401, 1),
      told("/case-records/:identifier", 404, 1),
      told("none", 404, 1),
    ]);
    assert.match(text, /^process_cpu_seconds_total \d/m);
    assert.doesNotMatch(text, /X100001|A1001AA|X999999|X100002|Okafor/);
  });
});

/** No one says when a service listens that is still starting. */
async function untilAnswered(address: string, path: string) {
  for (;;) {
    const answer = await get(address, path).catch(() => null);
    if (answer !== null) return answer;
  }
}
