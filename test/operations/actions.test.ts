import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { insertAction, listActionsAbout } from "../../src/operations/action/action-store.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";

const pageSchema = z.object({
  actions: z.array(z.looseObject({ takenAt: z.string(), reason: z.string().optional() })),
  next: z.string().optional(),
});

describe("the record of what operators did", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
    for (const number of [1, 2, 3]) {
      await insertAction(operations.store, {
        actor: "A_PERSON",
        action: "replay",
        reason: `reason ${number}`,
        subject: { inboxKeys: [`key-${number}`, "shared"] },
      });
    }
    await insertAction(operations.store, {
      actor: "a-client",
      action: "retry-all-dlqs",
      reason: null,
      subject: { queue: "dlq", messagesFoundCount: 2 },
    });
  });
  after(() => operations[Symbol.asyncDispose]());

  const page = async (query: string) => {
    const { status, body, text } = await operations.ask(`GET /operations/actions${query}`);
    assert.equal(status, 200, text);
    return pageSchema.parse(body);
  };

  it("tells who did what, to what, when and why, newest first", async () => {
    const { actions, next } = await page("");
    assert.equal(next, undefined);
    const [first, second] = actions;
    assert.ok(first && second);
    const { takenAt, ...rest } = first;
    assert.ok(Math.abs(Date.now() - Date.parse(takenAt)) < 60_000);
    assert.deepEqual(rest, {
      actor: "a-client",
      action: "retry-all-dlqs",
      subject: { queue: "dlq", messagesFoundCount: 2 },
    });
    assert.deepEqual(
      { ...second, takenAt },
      {
        takenAt,
        actor: "A_PERSON",
        action: "replay",
        reason: "reason 3",
        subject: { inboxKeys: ["key-3", "shared"] },
      },
    );
  });

  it("is read page by page", async () => {
    const first = await page("?size=3");
    const second = await page(`?size=3&before=${first.next}`);
    assert.deepEqual(
      [first, second].map(({ actions }) => actions.map(({ reason }) => reason)),
      [[undefined, "reason 3", "reason 2"], ["reason 1"]],
    );
    assert.equal(second.next, undefined);
  });

  it("is found by message", async () => {
    const reasons = async (key: string) => (await listActionsAbout(operations.store, key)).map(({ reason }) => reason);
    assert.deepEqual(await reasons("key-2"), ["reason 2"]);
    assert.deepEqual(await reasons("shared"), ["reason 1", "reason 2", "reason 3"]);
    assert.deepEqual(await reasons("queue"), []);
  });

  it("refuses what it does not know", async () => {
    for (const query of ["?size=1000", "?before=nothing", "?actor=A_PERSON"]) {
      assert.equal((await operations.ask(`GET /operations/actions${query}`)).status, 400, query);
    }
  });
});
