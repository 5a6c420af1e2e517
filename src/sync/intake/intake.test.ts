import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageOf, messagesOf, seconds, setStage } from "../../../test/support/intake-stage.ts";
import { runReady } from "../../../test/support/memory-queue.ts";
import { toNotification } from "../../../test/support/messages.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";

describe("a message in hand", () => {
  test("is settled, deleted and logged in one line that names no person", async (context) => {
    const { intake, deliver, finish, tick, deleted, lines } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    await tick(5);
    await finish("a");
    assert.deepEqual(deleted, ["a"]);
    assert.equal(intake.inHand(), 0);
    const fields = {
      inboxKey: "a",
      eventType: "offender-management.handover.changed",
      traceId: null,
      outcomes: ["KeyDateCreated"],
      receives: 1,
      milliseconds: 5,
    };
    assert.deepEqual(lines, [`message settled ${JSON.stringify(fields)}`]);
    await intake[Symbol.asyncDispose]();
  });

  test("that is a duplicate is deleted and logged as one", async (context) => {
    const { intake, deliver, finish, deleted, lines } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    await finish("a", { kind: "duplicate" });
    assert.deepEqual(deleted, ["a"]);
    assert.match(lines[0] ?? "", /"outcomes":\["Duplicate"\]/);
    await intake[Symbol.asyncDispose]();
  });

  test("of a dry run is logged with DryRun before", async (context) => {
    const { intake, deliver, finish, lines } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    await finish("a", { kind: "settled", outcomes: [{ fact: "handover", outcome: "KeyDateCreated", dryRun: true }] });
    assert.match(lines[0] ?? "", /"outcomes":\["DryRunKeyDateCreated"\]/);
    await intake[Symbol.asyncDispose]();
  });

  test("that fails is not deleted, and its failure is handed on", async (context) => {
    const { intake, deliver, fail, deleted, failed, lines } = setStage(context);
    const error = new DependencyError("mpc", "HTTP 503");
    intake.start();
    await deliver([messageOf("a")]);
    await fail("a", error);
    assert.deepEqual([deleted, failed, lines], [[], [["a", error]], []]);
    assert.equal(intake.inHand(), 0);
    await intake[Symbol.asyncDispose]();
  });

  test("stays hidden as long as it is held, also while it waits, and no longer", async (context) => {
    const { intake, deliver, finish, tick, hidden } = setStage(context, 1);
    intake.start();
    await deliver([messageOf("a"), messageOf("b", "A1002AA")]);
    await tick(20 * seconds - 1);
    assert.deepEqual(hidden(), []);
    await tick(1);
    await tick(20 * seconds);
    assert.deepEqual(hidden(), [
      ["a", 60],
      ["b", 60],
      ["a", 60],
      ["b", 60],
    ]);
    await finish("a");
    await tick(20 * seconds);
    assert.deepEqual(hidden().slice(4), [["b", 60]]);
    await finish("b");
    await tick(60 * seconds);
    assert.equal(hidden().length, 5);
    await intake[Symbol.asyncDispose]();
  });

  test("that fails is no longer kept hidden from then on, so that its backoff stands", async (context) => {
    const { intake, deliver, fail, tick, hidden } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    await fail("a", new Error("failed"));
    await tick(60 * seconds);
    assert.deepEqual(hidden(), []);
    await intake[Symbol.asyncDispose]();
  });

  test("has 45 seconds from when its work begins, not from when it was received", async (context) => {
    const { intake, deliver, finish, tick, works, failed } = setStage(context, 1);
    intake.start();
    await deliver([messageOf("a"), messageOf("b", "A1002AA")]);
    await tick(40 * seconds);
    await finish("a");
    await tick(45 * seconds - 1);
    assert.equal(works[1]?.signal.aborted, false);
    await tick(1);
    assert.ok(works[1].signal.aborted);
    assert.deepEqual(
      failed.map(([key, error]) => [key, error instanceof Error && error.name]),
      [["b", "TimeoutError"]],
    );
    await intake[Symbol.asyncDispose]();
  });

  test("whose visibility cannot be changed goes on", async (context) => {
    const { intake, queue, deliver, finish, tick, deleted, lines } = setStage(context);
    queue.respond = () => Promise.reject(new DependencyError("queue", "ECONNRESET"));
    intake.start();
    await deliver([messageOf("a")]);
    await tick(20 * seconds);
    assert.match(lines[0] ?? "", /^visibility change failed \{"inboxKey":"a"/);
    await finish("a");
    assert.deepEqual(deleted, ["a"]);
    await intake[Symbol.asyncDispose]();
  });
});

describe("messages of one person", () => {
  test("run one after another in their order, and hold no slot while they wait", async (context) => {
    const { intake, deliver, finish, begun } = setStage(context, 2);
    intake.start();
    await deliver([messageOf("a1"), messageOf("a2"), messageOf("a3"), messageOf("b", "A1002AA")]);
    assert.deepEqual(begun(), ["a1", "b"]);
    await finish("a1");
    assert.deepEqual(begun(), ["a1", "b", "a2"]);
    await finish("a2");
    await finish("a3");
    assert.deepEqual(begun(), ["a1", "b", "a2", "a3"]);
    await finish("b");
    await intake[Symbol.asyncDispose]();
  });

  test("run on after one of them has failed", async (context) => {
    const { intake, deliver, fail, begun, finish, deleted } = setStage(context);
    intake.start();
    await deliver([messageOf("a1"), messageOf("a2")]);
    await fail("a1", new Error("failed"));
    assert.deepEqual(begun(), ["a1", "a2"]);
    await finish("a2");
    assert.deepEqual(deleted, ["a2"]);
    await intake[Symbol.asyncDispose]();
  });

  test("also of one CRN, or under one key where they name no one", async (context) => {
    const { intake, deliver, finish, begun } = setStage(context);
    const sentence = (name: string) => ({
      ...messageOf(name),
      body: toNotification({ eventType: "SENTENCE_CHANGED", crn: "X000001" }, name),
    });
    const nobody = (name: string) => ({
      ...messageOf(name),
      body: toNotification({ eventType: "other.type" }, "same-key"),
    });
    intake.start();
    await deliver([sentence("s1"), sentence("s2"), nobody("n1"), nobody("n2")]);
    assert.deepEqual(begun(), ["s1", "same-key"]);
    await finish("s1");
    assert.deepEqual(begun(), ["s1", "same-key", "s2"]);
    await finish("s2");
    await finish("same-key");
    assert.deepEqual(begun(), ["s1", "same-key", "s2", "same-key"]);
    await finish("same-key");
    await intake[Symbol.asyncDispose]();
  });
});

describe("the intake", () => {
  test("has so many messages in work at once, and a slow one holds back no other", async (context) => {
    const { intake, deliver, finish, begun } = setStage(context, 3);
    intake.start();
    await deliver(messagesOf(0, 6));
    assert.deepEqual(begun(), ["m0", "m1", "m2"]);
    for (const key of ["m1", "m2", "m3", "m4"]) await finish(key);
    assert.deepEqual(begun(), ["m0", "m1", "m2", "m3", "m4", "m5"]);
    await finish("m0");
    await finish("m5");
    await intake[Symbol.asyncDispose]();
  });

  test("receives while 10 more may be held, at most four for each slot", async (context) => {
    const { intake, queue, deliver, finish, tick } = setStage(context, 8);
    intake.start();
    await deliver(messagesOf(0, 10));
    assert.equal(queue.receivers(), 1);
    await deliver(messagesOf(10, 10));
    await deliver(messagesOf(20, 3));
    assert.deepEqual([intake.inHand(), queue.receivers()], [23, 0]);
    await finish("m0");
    assert.deepEqual([intake.inHand(), queue.receivers()], [22, 1]);
    assert.deepEqual(new Set(queue.rooms), new Set([10]));
    const disposing = intake[Symbol.asyncDispose]();
    await runReady();
    await tick(20 * seconds);
    await disposing;
  });

  test("puts back messages that have failed before when it holds two of them for each slot, and goes on with the others", async (context) => {
    const { intake, queue, deliver, begun, postponed, finish } = setStage(context);
    intake.start();
    for (const from of [0, 10, 20, 30, 40]) await deliver(messagesOf(from, 10, 2));
    assert.equal(intake.inHand(), 8);
    assert.deepEqual(new Set(postponed.map(([, reason]) => reason)), new Set(["crowded"]));
    assert.equal(postponed.length, 42);
    assert.equal(queue.receivers(), 1, "it receives no more");
    await deliver([messageOf("fresh", "A9999AA")]);
    assert.ok(begun().includes("fresh"), begun().join());
    for (let index = 0; index < begun().length; index += 1) await finish(begun()[index] ?? "");
    assert.equal(intake.inHand(), 0);
    await intake[Symbol.asyncDispose]();
  });

  test("keeps three for each slot of those that have failed before on their last receive, also when the queue could not say at first which that is", async (context) => {
    const { intake, queue, deliver, begun, postponed, finish } = setStage(context);
    queue.maxReceives = () => Promise.reject(new Error("not now"));
    intake.start();
    await deliver([]);
    queue.maxReceives = () => Promise.resolve(2);
    await deliver([]);
    for (const from of [0, 10, 20]) await deliver(messagesOf(from, 10, 2));
    assert.deepEqual([intake.inHand(), postponed.length], [12, 18]);
    for (let index = 0; index < begun().length; index += 1) await finish(begun()[index] ?? "");
    await intake[Symbol.asyncDispose]();
  });

  test("of one slot receives again when nothing is in hand", async (context) => {
    const { intake, queue, deliver, finish } = setStage(context, 1);
    intake.start();
    await deliver(messagesOf(0, 2));
    await finish("m0");
    assert.equal(queue.receivers(), 0);
    await finish("m1");
    assert.equal(queue.receivers(), 1);
    await intake[Symbol.asyncDispose]();
  });

  test("asks again when the queue answers nothing", async (context) => {
    const { intake, queue, deliver } = setStage(context);
    intake.start();
    await deliver([]);
    assert.equal(queue.receivers(), 1);
    await intake[Symbol.asyncDispose]();
  });

  test("goes on after a receive that failed", async (context) => {
    const { intake, queue, lines, deliver, begun, finish } = setStage(context);
    intake.start();
    queue.failReceive(new DependencyError("queue", "ECONNREFUSED"));
    queue.deliver([messageOf("a")]);
    await runReady();
    assert.match(lines[0] ?? "", /^receive failed \{"queue":"memory","errorClass":"DependencyError|ECONNREFUSED"/);
    while (begun().length === 0) await runReady();
    await finish("a");
    await deliver([]);
    await intake[Symbol.asyncDispose]();
  });

  test("counts as moving while receives fail, and not while none ends", async (context) => {
    const { intake, queue, lines, tick } = setStage(context);
    intake.start();
    await runReady();
    for (const errorClass of ["AccessDenied", "QueueDoesNotExist", "ECONNREFUSED"]) {
      queue.failReceive(new DependencyError("queue", errorClass));
      while (queue.receivers() === 0) await runReady();
      assert.ok(lines.at(-1)?.includes(errorClass));
      await tick(119 * seconds);
      assert.equal(intake.isMoving(), true, errorClass);
    }
    await tick(seconds);
    assert.equal(intake.isMoving(), false);
    await intake[Symbol.asyncDispose]();
  });
});

describe("the gate", () => {
  test("lets nothing in while it is shut, and what is in hand goes on", async (context) => {
    const { intake, queue, gate, deliver, finish, begun, deleted } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    await gate.change({ isPaused: true });
    // The receive that was under way is the last one, and what it brings waits.
    await deliver([messageOf("b", "A1002AA")]);
    await finish("a");
    assert.deepEqual([begun(), deleted, queue.receivers()], [["a"], ["a"], 0]);
    await gate.change({ isPaused: false });
    assert.deepEqual([begun(), queue.receivers()], [["a", "b"], 1]);
    await finish("b");
    await intake[Symbol.asyncDispose]();
  });

  test("keeps what is in hand while a dependency is down, and lets in a few while it is on trial", async (context) => {
    const { intake, queue, gate, deliver, finish, begun } = setStage(context, 2);
    intake.start();
    await deliver(messagesOf(0, 4));
    await gate.change({ allowance: 0 });
    await finish("m0");
    await finish("m1");
    assert.deepEqual([begun(), queue.receivers()], [["m0", "m1"], 0]);
    await gate.change({ allowance: 1 });
    assert.deepEqual(begun(), ["m0", "m1", "m2"]);
    await finish("m2");
    await finish("m3");
    assert.deepEqual([queue.receivers(), queue.rooms.at(-1)], [1, 1]);
    await intake[Symbol.asyncDispose]();
  });
});

describe("an intake that is stopped", () => {
  test("stops receiving at once, and lets the work in hand finish", async (context) => {
    const { intake, queue, deliver, finish, deleted, works } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    const disposing = intake[Symbol.asyncDispose]();
    await runReady();
    queue.deliver([messageOf("b", "A1002AA")]);
    await runReady();
    assert.equal(works[0]?.signal.aborted, false);
    await finish("a");
    await disposing;
    assert.deepEqual([deleted, works.length], [["a"], 1]);
  });

  test("gives back at once what has not begun", async (context) => {
    const { intake, deliver, finish, deleted, hidden, begun } = setStage(context, 1);
    intake.start();
    await deliver([messageOf("a1"), messageOf("a2"), messageOf("b", "A1002AA")]);
    const disposing = intake[Symbol.asyncDispose]();
    await runReady();
    assert.deepEqual(hidden(), [["b", 0]]);
    await finish("a1");
    await disposing;
    assert.deepEqual([begun(), deleted], [["a1"], ["a1"]]);
    assert.deepEqual(
      new Map(hidden()),
      new Map([
        ["a2", 0],
        ["b", 0],
      ]),
    );
  });

  test("gives back after 15 seconds what does not finish, which counts as no failure", async (context) => {
    const { intake, deliver, tick, hidden, failed, deleted, works } = setStage(context);
    intake.start();
    await deliver([messageOf("a")]);
    const disposing = intake[Symbol.asyncDispose]();
    await runReady();
    await tick(15 * seconds - 1);
    assert.equal(works[0]?.signal.aborted, false);
    await tick(1);
    await disposing;
    assert.deepEqual([failed, deleted], [[], []]);
    assert.deepEqual(hidden().at(-1), ["a", 0]);
  });

  test("gives back after 15 seconds also when it has no room to receive", async (context) => {
    const { intake, deliver, tick, hidden } = setStage(context, 1);
    intake.start();
    await deliver([messageOf("a"), messageOf("b", "A1002AA")]);
    const disposing = intake[Symbol.asyncDispose]();
    await runReady();
    await tick(15 * seconds);
    await disposing;
    assert.deepEqual(
      new Map(hidden()),
      new Map([
        ["a", 0],
        ["b", 0],
      ]),
    );
  });

  test("is gone at once when it is idle, or was never started", async (context) => {
    const { intake, queue } = setStage(context);
    await intake[Symbol.asyncDispose]();
    assert.equal(queue.receivers(), 0);
  });

  test("does not wait for the pause after a failed receive", async (context) => {
    const { intake, queue, lines } = setStage(context);
    intake.start();
    queue.failReceive(new Error("failed"));
    await runReady();
    assert.equal(lines.length, 1);
    await intake[Symbol.asyncDispose]();
  });
});
