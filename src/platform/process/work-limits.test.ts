import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitCalls, readCapped } from "./work-limits.ts";

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

const limit = { dependency: "mpc", bytes: 1024 * 1024 } as const;

/** A body that comes in parts of this many bytes, and how many of them were taken. */
function openBody(text: string, size = text.length) {
  const bytes = Buffer.from(text);
  const taken = { parts: 0 };
  async function* read() {
    for (let at = 0; at < bytes.length; at += size) {
      taken.parts += 1;
      yield bytes.subarray(at, at + size);
    }
  }
  return { body: read(), taken };
}

const nest = (depth: number, [open, close]: readonly [string, string]) => open.repeat(depth) + close.repeat(depth);

describe("the body of an answer", () => {
  const deep: Readonly<Record<string, string>> = {
    lists: nest(65, ["[", "]"]),
    objects: nest(65, ['{"a":', "}"]),
    both: nest(33, ['[{"a":', "}]"]),
    "lists that are never closed": "[".repeat(800_000),
    "lists behind a text": `["\\"]\\\\", ${nest(64, ["[", "]"])}]`,
  };
  for (const [name, text] of Object.entries(deep)) {
    it(`is refused when it is nested too deeply: ${name}`, async () => {
      await assert.rejects(readCapped(openBody(text).body, limit), {
        dependency: "mpc",
        errorClass: "answer nested too deeply",
      });
    });
  }

  const flat: Readonly<Record<string, string>> = {
    "as deep as may be": nest(64, ["[", "]"]),
    "many lists, one after another": `[${"[],".repeat(1_000)}[]]`,
    "brackets in a text": JSON.stringify({ name: "[".repeat(1_000) }),
    "brackets in a text behind quotes that belong to it": JSON.stringify({ name: `"\\"${"{".repeat(1_000)}` }),
    "no JSON at all": "<html>]]]]</html>",
    nothing: "",
  };
  for (const [name, text] of Object.entries(flat)) {
    it(`is read whole, however it is cut: ${name}`, async () => {
      for (const size of [1, 7, text.length]) {
        assert.equal(await readCapped(openBody(text, size).body, limit), text);
      }
    });
  }

  it("is not read on once it is too deep or too long", async () => {
    const depth = openBody("[".repeat(1_000), 10);
    await assert.rejects(readCapped(depth.body, limit), { errorClass: "answer nested too deeply" });
    const length = openBody("x".repeat(1_000), 10);
    await assert.rejects(readCapped(length.body, { ...limit, bytes: 64 }), { errorClass: "answer too large" });
    assert.deepEqual([depth.taken.parts, length.taken.parts], [7, 7]);
  });

  it("is refused when a byte of it is not UTF-8, and never patched", async () => {
    const [latin1, cut] = [Buffer.from('{"surname":"S\u00FArely"}', "latin1"), Buffer.from('"é"').subarray(0, 2)];
    for (const bytes of [latin1, cut, Buffer.from([0xed, 0xa0, 0x80])]) {
      await assert.rejects(readCapped(ReadableStream.from([bytes]), limit), {
        dependency: "mpc",
        errorClass: "answer is not UTF-8",
      });
    }
  });

  it("is read where a letter arrives in two parts", async () => {
    assert.equal(await readCapped(openBody('{"surname":"Þóra"}', 1).body, limit), '{"surname":"Þóra"}');
  });
});
