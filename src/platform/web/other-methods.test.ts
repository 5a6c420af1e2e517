import assert from "node:assert/strict";
import { once } from "node:events";
import { METHODS, request, type IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import type { FastifyInstance, HTTPMethods } from "fastify";
import { startWeb } from "../../../test/support/web.ts";

// A tunnel is asked for without an address.
const others = METHODS.filter((name) => !["CONNECT", "GET", "HEAD"].includes(name));

/** Adds a route with this method that needs no token. */
function addRoute(app: FastifyInstance, method: HTTPMethods): void {
  app.route({ method, url: "/things/:id", config: { access: "open" }, handler: async () => "a thing" });
}

async function ask(method: string, address: string): Promise<Pick<IncomingMessage, "statusCode" | "headers">> {
  const asked = request(address, { method }).end();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asked.once("response", resolve).once("error", reject);
  const answer = await promise;
  answer.resume();
  await once(answer, "close");
  return answer;
}

describe("a method that no route of an address takes", () => {
  test("is refused, no matter which, and is known by its own name to what counts and traces", async () => {
    const seen: string[] = [];
    await using web = await startWeb({
      addRoutes: (app) => {
        app.addHook("onRequest", async ({ method, routeOptions }) => {
          seen.push(`${method} ${routeOptions.url ?? "none"}`);
        });
        addRoute(app, "GET");
      },
    });
    for (const method of others) {
      const answer = await ask(method, `${web.address}/things/7`);
      assert.deepEqual([answer.statusCode, answer.headers.allow], [405, "GET, HEAD"], method);
    }
    assert.deepEqual(
      seen,
      others.map((method) => `${method} /things/:id`),
    );
  });

  test("is not found at an address that there is not", async () => {
    await using web = await startWeb({ addRoutes: (app) => addRoute(app, "GET") });
    for (const method of others) assert.equal((await ask(method, `${web.address}/nothing`)).statusCode, 404, method);
  });
});

test("a route that no request would come to keeps the service from starting", async () => {
  const starting = startWeb({ addRoutes: (app) => addRoute(app, "PATCH") });
  await assert.rejects(starting, /^Error: No request comes to \/things\/:id by PATCH\.$/);
});
