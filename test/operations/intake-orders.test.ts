import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { getIntakeState } from "../../src/sync/intake/intake-state-store.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { listRecorded } from "./stored-rows.ts";

const stateSchema = z.object({
  running: z.boolean(),
  by: z.string().optional(),
  reason: z.string().optional(),
  changed: z.boolean().optional(),
  replicas: z.tuple([]).optional(),
});

interface Order {
  readonly reason: string;
  readonly user?: string;
}

async function ask(operations: Operations, request: string, order?: Order) {
  const { user = "A_PERSON", ...rest } = order ?? {};
  const { status, body, text } = await operations.ask(request, {
    user,
    ...(order === undefined ? {} : { body: rest }),
  });
  assert.equal(status, 200, text);
  return stateSchema.parse(body);
}

describe("the intake", () => {
  it("runs until someone pauses it, and again once someone resumes it; every replica reads it", async () => {
    await using operations = await startOperations();
    assert.deepEqual(await ask(operations, "GET /operations/intake"), { running: true, replicas: [] });
    const paused = { running: false, by: "A_PERSON", reason: "upgrade" };
    assert.deepEqual(await ask(operations, "POST /operations/intake/pause", { reason: "upgrade" }), {
      ...paused,
      changed: true,
    });
    assert.deepEqual(await ask(operations, "GET /operations/intake"), { ...paused, replicas: [] });
    const { since, ...state } = await getIntakeState(operations.store);
    assert.deepEqual(state, paused);
    const [row] = await operations.database.query("select changed_at from mpc_delius.intake_state");
    assert.deepEqual(new Date(since), row?.["changed_at"]);
    assert.deepEqual(await ask(operations, "POST /operations/intake/resume", { reason: "done", user: "ANOTHER" }), {
      running: true,
      by: "ANOTHER",
      reason: "done",
      changed: true,
    });
    assert.deepEqual(await listRecorded(operations.database), [
      { actor: "A_PERSON", action: "pause", reason: "upgrade", subject: {} },
      { actor: "ANOTHER", action: "resume", reason: "done", subject: {} },
    ]);
  });

  it("is left as it is by the one who comes second, and they learn whose order stands", async () => {
    await using operations = await startOperations();
    const pauses = ["ONE", "TWO"].map((user) =>
      ask(operations, "POST /operations/intake/pause", { reason: `of ${user}`, user }),
    );
    const answers = await Promise.all(pauses);
    const first = answers.find(({ changed }) => changed === true);
    const second = answers.find(({ changed }) => changed === false);
    assert.ok(first && second);
    assert.deepEqual({ ...second, changed: true }, first);
    assert.equal((await listRecorded(operations.database)).length, 1);
  });

  it("is not changed without a reason", async () => {
    await using operations = await startOperations();
    for (const body of [{}, { reason: "" }, { reason: "r", running: true }]) {
      assert.equal((await operations.ask("POST /operations/intake/pause", { body })).status, 400);
    }
    assert.deepEqual(await ask(operations, "GET /operations/intake"), { running: true, replicas: [] });
  });
});
