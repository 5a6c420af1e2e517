import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { startWeb } from "../../../test/support/web.ts";

test("a web server whose routes take a minute to load starts all the same", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await using web = await startWeb({
      addRoutes: async (app) => {
        await app.register((_scope, _options, done) => {
          mock.timers.tick(60_000);
          done();
        });
      },
    });
    assert.match(web.address, /^http:/);
  } finally {
    mock.timers.reset();
  }
});
