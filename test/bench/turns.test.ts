import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Client } from "undici";
import { countTurns } from "../../bench/turns.ts";
import { listenOn } from "../../sandbox/free-port.ts";

test("a counter counts each time that a client speaks after an answer, and passes on what is said", async () => {
  await using server = createServer((request, response) => void request.pipe(response));
  const port = await listenOn(server, 0);
  await using counter = await countTurns(`http://127.0.0.1:${port}`);
  const client = new Client(new URL(counter.url).origin);
  try {
    for (const said of ["one", "two", "three"]) {
      const { body } = await client.request({ path: "/", method: "POST", body: said });
      assert.equal(await body.text(), said);
    }
    assert.equal(counter.take(), 3);
    assert.equal(counter.take(), 0);
  } finally {
    await client.close();
  }
});
