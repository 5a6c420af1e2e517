import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import { explainFailure } from "../../sandbox/failure.ts";
import { listenOn } from "../../sandbox/free-port.ts";

const explain = (error: unknown) => explainFailure(error, { directory: ".sandbox", isOwnDatabase: true });
const systemError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("what npm start says when it fails", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  it("names a port that is taken, and what to do", async () => {
    const port = await listenOn(all.use(createServer()), 0);
    const error = await listenOn(createServer(), port).catch((cause: unknown) => cause);
    const next = "set PORT to another one, or leave it unset for any.";
    assert.equal(explain(error), `Port ${port} is in use by another program: ${next}`);
  });

  for (const code of ["EACCES", "EROFS"]) {
    it(`names the folder that cannot be written (${code})`, () => {
      const text = explain(systemError(code, `${code}: mkdir`));
      const next = "make it yours, or set SANDBOX_DIRECTORY to a folder that is.";
      assert.equal(text, `.sandbox cannot be written (${code}: mkdir): ${next}`);
    });
  }

  it("says how to begin anew where the state may be the cause", () => {
    const text = explain(new Error("the cluster is damaged"));
    assert.match(
      text,
      /^The sandbox failed: the cluster is damaged\nWhere its state .* `npm start -- --fresh` begins anew\.$/,
    );
  });
});
