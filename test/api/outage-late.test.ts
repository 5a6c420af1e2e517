import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startWeb, type TestWeb } from "../support/web.ts";

const config = { access: ["ROLE_TEST"] };

describe("a request that is not answered in time", () => {
  let web: TestWeb;
  const late = Promise.withResolvers<object>();
  const failing = Promise.withResolvers<object>();
  before(async () => {
    web = await startWeb({
      limits: { answerMs: 50 },
      addRoutes: (app) => {
        app.get("/late", { config }, () => late.promise);
        app.get("/failing", { config }, () => failing.promise);
        app.get("/slow", { config, handlerTimeout: 60_000 }, () => late.promise);
        app.get("/quick", { config }, () => Promise.resolve({ quick: true }));
      },
    });
  });
  after(() => web[Symbol.asyncDispose]());

  it("is answered 503, and what comes of it later disturbs no one", async () => {
    const slow = web.get("/slow");
    for (const path of ["/late", "/failing"]) {
      const answer = await web.get(path);
      const { message } = z.object({ message: z.string() }).parse(await answer.json());
      assert.deepEqual(
        [answer.status, answer.headers.get("retry-after"), message],
        [503, "5", "The service cannot answer at the moment"],
      );
    }
    late.resolve({ late: true });
    failing.reject(new Error("too late to matter"));
    assert.deepEqual(await (await slow).json(), { late: true });
    assert.equal((await web.get("/quick")).status, 200);
    assert.equal(web.lines.length, 2);
  });
});
