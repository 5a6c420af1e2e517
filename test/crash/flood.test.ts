import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { callers, consumer } from "../../sandbox/credentials.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { memoryOptions, takeSample } from "../support/memory-sample.ts";
import { toNotification } from "../support/messages.ts";
import { connectTo, writeRequest } from "../support/raw-http.ts";
import type { Replica } from "../support/replica.ts";

interface Flood {
  readonly path: string;
  readonly sockets: number;
}

// What arrives in one piece, and a little more.
const bytes = 70_000;
const mebibyte = 2 ** 20;
const slowBodies = 1_100;

/** Asks for the same again and again on each connection, and reads nothing of what is answered. */
function openFlood(address: string, { path, sockets }: Flood): readonly Socket[] {
  const request = `GET ${path} HTTP/1.1\r\nhost: service\r\n\r\n`;
  return Array.from({ length: sockets }, () => {
    const socket = connectTo(address).pause();
    // The service may close it at any moment.
    socket.on("error", () => undefined).write(request.repeat(Math.ceil(bytes / request.length)));
    return socket;
  });
}

async function close(socket: Socket): Promise<void> {
  if (socket.closed) return;
  socket.destroy();
  await once(socket, "close");
}

describe("a service of little memory", () => {
  let deployment: Deployment;
  let replica: Replica;
  let address: string;
  let events = 0;
  before(async () => {
    deployment = await deploy();
    const port = await findFreePort();
    address = `http://127.0.0.1:${port}`;
    const options = `--max-old-space-size=384 ${memoryOptions}`;
    replica = await deployment.addReplica({ PORT: String(port), NODE_OPTIONS: options });
  });
  after(() => deployment[Symbol.asyncDispose]());

  const goesOn = async () => {
    const key = `event-${(events += 1)}`;
    const personReference = { identifiers: [{ type: "NOMS", value: "A1001AA" }] };
    await deployment.queue.send(
      toNotification({ eventType: "probation-case.prison-identifier.updated", personReference }, key),
    );
    await deployment.settled(key);
    for (const path of ["/health/liveness", "/health/readiness", "/health"]) {
      assert.equal((await fetch(address + path)).status, 200, path);
    }
  };
  const holds = async () => {
    const { heap, external } = await takeSample(deployment, replica);
    return heap + external;
  };

  const floods: readonly Flood[] = [
    { path: "/v3/api-docs", sockets: 1 },
    { path: "/v3/api-docs", sockets: 20 },
    { path: "/v3/api-docs.yaml", sockets: 20 },
    { path: "/swagger-ui/json", sockets: 20 },
    { path: "/docs/asyncapi", sockets: 20 },
    { path: "/metrics", sockets: 20 },
    { path: "/swagger-ui/static/swagger-ui-bundle.js", sockets: 20 },
    { path: "/nothing", sockets: 20 },
    { path: "/case-records/X100001", sockets: 20 },
  ];
  for (const flood of floods) {
    it(`goes on while ${flood.sockets} connections ask for ${flood.path} at once and read nothing`, async () => {
      await goesOn();
      const held = await holds();
      const sockets = openFlood(address, flood);
      await goesOn();
      const grown = (await holds()) - held;
      await Promise.all(sockets.map(close));
      assert.ok(replica.isRunning());
      assert.ok(grown < 32 * mebibyte, `the memory grows by ${Math.round(grown / mebibyte)} MiB`);
    });
  }

  const authorise = async ({ id, secret }: Pick<typeof consumer, "id" | "secret">): Promise<string> => {
    const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    const answer = await fetch(deployment.auth.tokenUrl, { method: "POST", headers, body });
    return `Bearer ${z.object({ access_token: z.string() }).parse(await answer.json()).access_token}`;
  };

  it("goes on, and serves another client, while one with a good token sends 1,100 bodies that do not come", async () => {
    const [greedy, modest] = [await authorise(consumer), await authorise(callers.view)];
    const askModestly = async () => {
      const headers = { authorization: modest };
      assert.equal((await fetch(`${address}/operations/intake`, { headers })).status, 200);
    };
    await askModestly();
    await goesOn();
    const held = await takeSample(deployment, replica);
    const half = [`authorization: ${greedy}`, "content-type: application/json", "content-length: 60000"];
    const sockets = Array.from({ length: slowBodies }, () => {
      const socket = connectTo(address);
      // What comes on top is refused, and the service may close it at any moment.
      socket.on("error", () => undefined).resume();
      socket.write(writeRequest("POST /case-records/batch", half, `{"identifiers":[${'"X100001",'.repeat(3_000)}`));
      return socket;
    });
    const refused = await Promise.any(sockets.map(async (socket) => String((await once(socket, "data"))[0])));
    assert.match(refused, /^HTTP\/1\.1 503 /);
    await Promise.all([askModestly(), goesOn()]);
    const flooded = await takeSample(deployment, replica);
    await askModestly();
    await Promise.all(sockets.map(close));
    assert.ok(replica.isRunning());
    const grown = Math.round((flooded.rss - held.rss) / mebibyte);
    assert.ok(grown < 64, `the memory grows by ${grown} MiB`);
  });
});
