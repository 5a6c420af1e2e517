import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { after, before, describe, it } from "node:test";
import { openProbe, type Probe } from "../../src/platform/process/probe.ts";
import { startOtherServer, type OtherServer } from "../support/other-server.ts";

describe("a probe", () => {
  let server: OtherServer;
  let probe: Probe;
  let answer: RequestListener;
  before(async () => {
    server = await startOtherServer((request, response) => answer(request, response));
    probe = openProbe();
  });
  after(async () => {
    await probe[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const ask = () => probe.ask("mpc", `${server.origin}/api`);

  it("is content with a 200, and shows no one who we are", async () => {
    answer = (_request, response) => response.end("{}");
    await ask();
    assert.deepEqual(Object.keys(server.requests.at(-1) ?? {}).toSorted(), ["connection", "host"]);
  });

  it("is content with a refusal where one says that someone is there", async () => {
    answer = (_request, response) => response.writeHead(401).end("{}");
    await probe.ask("mpc", `${server.origin}/api`, [200, 401]);
  });

  for (const status of [301, 302, 307, 401, 404, 500]) {
    it(`is not content with a ${status}, and asks once`, async () => {
      const asked = server.requests.length;
      answer = (_request, response) => response.writeHead(status, { location: `${server.origin}/elsewhere` }).end();
      await assert.rejects(ask(), { dependency: "mpc", errorClass: `HTTP ${status}` });
      assert.equal(server.requests.length, asked + 1);
    });
  }

  it("does not wait for an answer that does not end", async () => {
    const { promise: isClosed, resolve } = Promise.withResolvers<void>();
    answer = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(64 * 1024)));
      };
      response.once("close", resolve).on("drain", more);
      more();
    };
    await Promise.allSettled([ask(), isClosed]);
  });
});
