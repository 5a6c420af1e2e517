import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createLog, type LogLevel } from "../../src/platform/process/log.ts";
import { secret } from "../../src/platform/process/secret.ts";

function keepLines(level: LogLevel = "info") {
  const lines: string[] = [];
  return { log: createLog(level, { write: (line: string) => void lines.push(line) }), lines };
}

function readLine(line: string | undefined): Readonly<Record<string, unknown>> {
  const entry: unknown = JSON.parse(line ?? "");
  assert.ok(typeof entry === "object" && entry !== null);
  return { ...entry };
}

describe("a log entry", () => {
  it("is one JSON line with level, time, fields and message, and nothing of the machine", () => {
    const { log, lines } = keepLines();
    log.info({ inboxKey: "key-1", receives: 2 }, "message settled");
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^[^\n]+\n$/);
    const { time, ...entry } = readLine(lines[0]);
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(entry, { level: 30, inboxKey: "key-1", receives: 2, msg: "message settled" });
  });

  const hostile = ["line\r\nfeed", "\u001b[31mred", "\u2028 and \u2029", 'a "quote" \\', "\u0000"];
  for (const text of hostile) {
    it(`stays one line of plain characters with ${JSON.stringify(text)} in it`, () => {
      const { log, lines } = keepLines();
      log.warn({ eventType: text }, text);
      assert.equal(lines.length, 1);
      const characters = Array.from(lines[0]?.slice(0, -1) ?? "");
      assert.ok(characters.every((character) => character >= " "));
      const { eventType, msg } = readLine(lines[0]);
      assert.deepEqual([eventType, msg], [text, text]);
    });
  }

  it("is left out below the level that is set", () => {
    const { log, lines } = keepLines("warn");
    log.info({}, "little");
    log.warn({}, "more");
    log.error({}, "most");
    assert.deepEqual(
      lines.map((line) => readLine(line)["level"]),
      [40, 50],
    );
  });

  it("does not show a secret", () => {
    const { log, lines } = keepLines();
    log.info({ password: secret("s3cret"), deep: { password: secret("s3cret") } }, "opened");
    assert.ok(!lines.join().includes("s3cret"));
    assert.equal(readLine(lines[0])["password"], "[secret]");
  });
});

describe("a secret", () => {
  const hidden = secret("s3cret");

  it("is told only to who asks for it", () => {
    assert.equal(hidden.reveal(), "s3cret");
  });

  it("is not shown by printing, inspecting or copying it", () => {
    const shown = [
      String(Object(hidden)),
      inspect(hidden),
      inspect({ hidden }, { depth: 9, showHidden: true }),
      JSON.stringify({ hidden }),
    ];
    assert.deepEqual(
      shown.filter((text) => text.includes("s3cret")),
      [],
    );
    assert.ok(shown.every((text) => text.includes("[secret]")));
  });
});
