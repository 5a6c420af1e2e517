import assert from "node:assert/strict";
import { beforeEach, describe, it, type TestContext } from "node:test";
import { createDeletions, type Deletions } from "../../src/platform/queue/queue.ts";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import { keepLog, openMemoryQueue, runReady, type MemoryQueue } from "../support/memory-queue.ts";

describe("deletions", () => {
  let queue: MemoryQueue;
  let deletions: Deletions;
  let kept: ReturnType<typeof keepLog>;

  beforeEach(() => {
    queue = openMemoryQueue();
    kept = keepLog();
    deletions = createDeletions(queue, kept.log);
  });

  const startTimers = (context: TestContext) => context.mock.timers.enable({ apis: ["setTimeout"] });
  const add = (...handles: readonly string[]) => handles.forEach((handle) => deletions.add(handle, null));
  const removed = () => queue.calls.map((call) => (call.kind === "remove" ? call.receiptHandles : call));
  const handles = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `handle ${from + index}`);

  it("wait for each other for 50 ms", (context) => {
    startTimers(context);
    add("a");
    context.mock.timers.tick(30);
    add("b");
    context.mock.timers.tick(19);
    assert.deepEqual(removed(), []);
    context.mock.timers.tick(1);
    assert.deepEqual(removed(), [["a", "b"]]);
  });

  it("do not wait when there are 10", (context) => {
    startTimers(context);
    add(...handles(0, 10));
    assert.deepEqual(removed(), [handles(0, 10)]);
    context.mock.timers.tick(1000);
    assert.equal(removed().length, 1);
  });

  it("beyond 10 wait for the next ones, 50 ms from when they came", (context) => {
    startTimers(context);
    add("first");
    context.mock.timers.tick(40);
    add(...handles(0, 10));
    assert.deepEqual(removed(), [["first", ...handles(0, 9)]]);
    context.mock.timers.tick(49);
    assert.equal(removed().length, 1);
    context.mock.timers.tick(1);
    assert.deepEqual(removed()[1], ["handle 9"]);
  });

  it("that are left are sent at the end, which waits for all that are under way", async (context) => {
    startTimers(context);
    const answers = [Promise.withResolvers<readonly string[]>(), Promise.withResolvers<readonly string[]>()];
    queue.respond = () => answers[queue.calls.length - 1]?.promise ?? Promise.resolve([]);
    add(...handles(0, 11));
    const disposing = deletions[Symbol.asyncDispose]();
    assert.deepEqual(removed(), [handles(0, 10), ["handle 10"]]);
    answers[1]?.resolve([]);
    assert.equal(await Promise.race([disposing, runReady().then(() => "waits")]), "waits");
    answers[0]?.resolve([]);
    await disposing;
  });

  it("end at once when there is nothing to delete", async () => {
    await deletions[Symbol.asyncDispose]();
    assert.deepEqual(queue.calls, []);
  });

  it("that the queue refuses are logged, for the messages will come back", async () => {
    queue.respond = () => Promise.resolve(["a"]);
    add("a", "b");
    await deletions[Symbol.asyncDispose]();
    assert.deepEqual(kept.lines, ['deletion failed: the messages will come back {"messages":1}']);
  });

  it("that fail altogether are logged, and hinder nothing", async () => {
    queue.respond = () => Promise.reject(new DependencyError("queue", "ECONNREFUSED"));
    add("a", "b");
    await deletions[Symbol.asyncDispose]();
    const [line] = kept.lines;
    assert.match(line ?? "", /^deletion failed: .*"messages":2,"errorClass":"/);
  });
});
