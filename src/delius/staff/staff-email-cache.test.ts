import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, it } from "node:test";
import type { KnownEmail, StaffEmail } from "./officer.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import type { FoundEmail } from "./staff-directory.ts";
import { createStaffEmails } from "./staff-email-cache.ts";

/** The addresses on a directory and a clock that the test moves. */
function openEmails() {
  const searches: (readonly string[])[] = [];
  const saved: StaffEmail[] = [];
  const lines: object[] = [];
  let now = 1_000_000;
  let answer = (names: readonly string[]): Promise<readonly FoundEmail[]> =>
    Promise.resolve(names.map((name) => `${name}@example.com`));
  const write = (fields: object) => lines.push(fields);
  const emails = createStaffEmails({
    directory: {
      findEmails: (names) => {
        searches.push(names);
        return answer(names);
      },
      check: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    save: (learnt) => Promise.resolve(saved.push(...learnt)).then(() => undefined),
    cacheMilliseconds: 60_000,
    clock: () => now,
    uptime: () => now,
    log: { info: write, warn: write, error: write },
  });
  const find = (username: string, lastKnownEmail: KnownEmail | null = null) =>
    emails.find([{ username, lastKnownEmail }]).then(([found]) => found);
  return {
    find,
    findAll: (names: readonly string[]) => emails.find(names.map((username) => ({ username, lastKnownEmail: null }))),
    searches,
    saved,
    lines,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    answerWith: (other: typeof answer) => {
      answer = other;
    },
  };
}

const down = () => Promise.reject(new DependencyError("directory", "ECONNREFUSED"));

describe("e-mail addresses of staff", () => {
  it("are asked once and remembered until the cache expires", async () => {
    const world = openEmails();
    assert.equal(await world.find("dana"), "dana@example.com");
    world.pass(59_999);
    await world.find("dana");
    assert.equal(world.searches.length, 1);
    world.pass(1);
    world.answerWith(() => Promise.resolve(["new@example.com"]));
    assert.equal(await world.find("dana"), "new@example.com");
    assert.equal(world.searches.length, 2);
  });

  it("that do not exist are remembered too", async () => {
    const world = openEmails();
    world.answerWith(() => Promise.resolve([null]));
    assert.deepEqual([await world.find("nobody"), await world.find("nobody")], [null, null]);
    assert.equal(world.searches.length, 1);
    assert.deepEqual(world.saved, [{ username: "nobody", address: null, readAt: world.now() }]);
  });

  it("of one user are asked for once, however many ask at the same moment", async () => {
    const world = openEmails();
    const answer = Promise.withResolvers<readonly string[]>();
    world.answerWith(() => answer.promise);
    const first = world.find("dana");
    await nextTurn();
    const others = world.findAll(["dana", "dana"]);
    await nextTurn();
    answer.resolve(["dana@example.com"]);
    assert.deepEqual(
      [await first, ...(await others)],
      Array.from({ length: 3 }, () => "dana@example.com"),
    );
    assert.deepEqual(world.searches, [["dana"]]);
  });

  it("of many users are searched a hundred at a time", async () => {
    const world = openEmails();
    const names = Array.from({ length: 250 }, (_, index) => `user${index}`);
    const found = await world.findAll([...names, ...names]);
    assert.deepEqual(
      found,
      [...names, ...names].map((name) => `${name}@example.com`),
    );
    assert.deepEqual(world.searches, [names.slice(0, 100), names.slice(100, 200), names.slice(200)]);
  });

  it("that are not known now are the last known ones, and wipe none", async () => {
    const world = openEmails();
    world.answerWith(() => Promise.resolve([undefined]));
    const old = { address: "old@example.com", readAt: world.now() - 60_000 };
    assert.deepEqual([await world.find("dana", old), await world.find("erin")], ["old@example.com", undefined]);
    assert.deepEqual([world.saved, world.searches.length], [[], 2]);
    assert.deepEqual(world.lines[0], { dependency: "directory", users: 1 });
  });

  it("known to the database are not asked for while they are fresh", async () => {
    const world = openEmails();
    const fresh = { address: "fresh@example.com", readAt: world.now() - 59_999 };
    assert.equal(await world.find("dana", fresh), "fresh@example.com");
    assert.equal(await world.find("erin", { address: null, readAt: world.now() }), null);
    assert.deepEqual(world.searches, []);
  });

  it("are the last known ones while the directory is down, also that a user has none", async () => {
    const world = openEmails();
    world.answerWith(down);
    const stale = { address: "stale@example.com", readAt: 0 };
    assert.equal(await world.find("dana", stale), "stale@example.com");
    assert.equal(await world.find("erin", { address: null, readAt: 0 }), null);
    assert.equal(await world.find("finn"), undefined);
  });

  it("are the last known ones of this process where the database has older ones", async () => {
    const world = openEmails();
    await world.find("dana");
    world.pass(3_600_000);
    world.answerWith(down);
    assert.equal(await world.find("dana", { address: "older@example.com", readAt: 0 }), "dana@example.com");
  });

  it("are not asked for during five seconds after the directory failed, and are asked for after that", async () => {
    const world = openEmails();
    world.answerWith(down);
    await world.find("dana");
    world.answerWith((names) => Promise.resolve(names.map(() => "back@example.com")));
    world.pass(4_999);
    assert.equal(await world.find("dana"), undefined);
    assert.equal(world.searches.length, 1);
    world.pass(1);
    assert.equal(await world.find("dana"), "back@example.com");
  });

  it("do not wait a second time for a directory that failed while they waited for their turn", async () => {
    const world = openEmails();
    const answer = Promise.withResolvers<readonly string[]>();
    world.answerWith(() => answer.promise);
    const first = world.find("dana");
    await nextTurn();
    const second = world.find("erin");
    answer.reject(new DependencyError("directory", "ETIMEDOUT"));
    assert.deepEqual(await Promise.all([first, second]), [undefined, undefined]);
    assert.deepEqual(world.searches, [["dana"]]);
  });

  it("that cannot be asked for are a line in the log that names no one", async () => {
    const world = openEmails();
    world.answerWith(down);
    await world.find("dana");
    assert.deepEqual(world.lines, [{ dependency: "directory", errorClass: "ECONNREFUSED" }]);
  });
});
