import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitCalls } from "./call-limit.ts";

const nextTurn = () => new Promise<void>((done) => setImmediate(done));
const running = new AbortController().signal;

/** Calls that wait for the test. */
function controlled(limits: Parameters<typeof limitCalls>[0]) {
  const takeTurn = limitCalls(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const make = (name: string, signal = running) =>
    takeTurn(() => {
      begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(name, resolve);
      return promise;
    }, signal);
  const end = async (name: string) => {
    ends.get(name)?.();
    await nextTurn();
  };
  return { make, end, begun };
}

describe("limited calls", () => {
  it("are so many at once, and the next one begins when one of them ends", async () => {
    const { make, end, begun } = controlled({ calls: 2, hanging: 2 });
    void Promise.all(["a", "b", "c", "d"].map((name) => make(name)));
    await nextTurn();
    assert.deepEqual(begun, ["a", "b"]);
    await end("b");
    assert.deepEqual(begun, ["a", "b", "c"]);
  });

  it("hold up no one when they hang: the others overtake them, and go on as many at once as before", async () => {
    const { make, end, begun } = controlled({ calls: 2, hanging: 2 });
    void make("hangs");
    void Promise.all(["a", "b", "c", "d", "e"].map((name) => make(name)));
    await nextTurn();
    for (const name of ["a", "b", "c"]) await end(name);
    assert.deepEqual(begun, ["hangs", "a", "b", "c", "d", "e"]);
  });

  it("that hang take the places again when there are more of them than may go on beside", async () => {
    const { make, end, begun } = controlled({ calls: 2, hanging: 0 });
    void make("hangs");
    void Promise.all(["a", "b", "c", "d", "e"].map((name) => make(name)));
    await nextTurn();
    for (const name of ["a", "b", "c"]) await end(name);
    assert.deepEqual(begun, ["hangs", "a", "b", "c", "d"]);
  });

  it("are left out of the line when their signal aborts, and cost no one a turn", async () => {
    const { make, end, begun } = controlled({ calls: 1, hanging: 0 });
    const impatient = new AbortController();
    void make("a");
    const given = make("gives up", impatient.signal);
    void make("b");
    await nextTurn();
    impatient.abort(new Error("time is up"));
    await assert.rejects(given, /time is up/);
    await end("a");
    assert.deepEqual(begun, ["a", "b"]);
    await assert.rejects(make("too late", impatient.signal), /time is up/);
  });

  it("give their place up when they fail", async () => {
    const takeTurn = limitCalls({ calls: 1, hanging: 0 });
    await assert.rejects(
      takeTurn(() => Promise.reject(new Error("no answer")), running),
      /no answer/,
    );
    assert.equal(await takeTurn(() => Promise.resolve("answer"), running), "answer");
  });
});
