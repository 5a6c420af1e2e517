import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { z } from "zod";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { forgetRows, listRecorded, quarantine } from "./stored-rows.ts";

const answerSchema = z.object({
  results: z.array(z.looseObject({ inboxKey: z.string(), result: z.string() })),
  left: z.int(),
});
const path = "/operations/quarantine";

describe("what is quarantined", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
  });
  afterEach(() => forgetRows(operations.database));
  after(() => operations[Symbol.asyncDispose]());

  const get = async (query: string) => {
    const { status, body, text } = await operations.ask(`GET ${path}${query}`);
    assert.equal(status, 200, text);
    return body;
  };

  it("is grouped by reason and state, and counted by message", async () => {
    const { database } = operations;
    await quarantine(database, { first_seen: "2026-04-01T00:00:00Z", last_seen: "2026-04-01T00:00:01Z" });
    await quarantine(database, { fact: "handover", last_seen: "2026-04-03T00:00:00Z" });
    await quarantine(database, { inbox_key: "other", last_seen: "2026-04-05T00:00:00Z" });
    await quarantine(database, { inbox_key: "gone", state: "discarded" });
    await quarantine(database, { inbox_key: "odd", fact: null, reason: "UnreadableMessage" });
    const seen = "2026-04-02T10:30:01.102+00:00";
    assert.deepEqual(await get(""), {
      groups: [
        { reason: "UnknownPrison", state: "discarded", messages: 1, oldest: seen, newest: seen },
        {
          reason: "UnknownPrison",
          state: "held",
          messages: 2,
          oldest: "2026-04-01T00:00:00+00:00",
          newest: "2026-04-05T00:00:00+00:00",
        },
        { reason: "UnreadableMessage", state: "held", messages: 1, oldest: seen, newest: seen },
      ],
    });
  });

  it("is listed by state and reason, newest first, page by page", async () => {
    const { database } = operations;
    const keysOf = (body: unknown) =>
      z
        .object({ messages: z.array(z.object({ inboxKey: z.string() })) })
        .parse(body)
        .messages.map(({ inboxKey }) => inboxKey);
    for (const inbox_key of ["a", "b", "c"]) await quarantine(database, { inbox_key });
    await quarantine(database, { inbox_key: "d", reason: "UnknownTeam" });
    await quarantine(database, { inbox_key: "e", state: "settled" });
    assert.deepEqual(keysOf(await get("/messages")), ["d", "c", "b", "a"]);
    assert.deepEqual(keysOf(await get("/messages?reason=UnknownTeam")), ["d"]);
    assert.deepEqual(keysOf(await get("/messages?state=settled")), ["e"]);
    const first = await get("/messages?reason=UnknownPrison&size=2");
    const { next } = z.object({ next: z.string() }).parse(first);
    const second = await get(`/messages?reason=UnknownPrison&size=2&before=${next}`);
    assert.deepEqual([keysOf(first), keysOf(second)], [["c", "b"], ["a"]]);
    assert.equal(z.looseObject({}).parse(second)["next"], undefined);
  });

  it("shows an entry without what is not known of it, and without the message itself", async () => {
    const { database } = operations;
    await quarantine(database, { fact: null, event_type: null, noms_number: null, changed_at: "2026-04-03T00:00:00Z" });
    assert.deepEqual(await get("/messages"), {
      messages: [
        {
          inboxKey: "key",
          reason: "UnknownPrison",
          error: "No provider stands for the prison.",
          firstSeen: "2026-04-02T10:30:01.102+00:00",
          lastSeen: "2026-04-02T10:30:01.102+00:00",
          state: "held",
          since: "2026-04-03T00:00:00+00:00",
          replays: 0,
        },
      ],
    });
  });
});

describe("an order about what is quarantined", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
  });
  afterEach(() => forgetRows(operations.database));
  after(() => operations[Symbol.asyncDispose]());

  const order = async (name: string, chosen: object, user = "A_PERSON") => {
    const body = { ...chosen, reason: "repaired" };
    const { status, body: told, text } = await operations.ask(`POST ${path}/${name}`, { body, user });
    assert.equal(status, 200, text);
    return answerSchema.parse(told);
  };
  const states = async () => {
    const rows = await operations.database.query(
      "select inbox_key, fact, state, replays from mpc_delius.quarantine order by quarantine_id",
    );
    return rows.map((row) => Object.values(row).join(" "));
  };

  it("replays the facts of a message that are held, together, and records who ordered it and why", async () => {
    const { database } = operations;
    await quarantine(database, { inbox_key: "a", fact: "handover" });
    await quarantine(database, { inbox_key: "a" });
    await quarantine(database, { inbox_key: "b" });
    await quarantine(database, { inbox_key: "c" });
    assert.deepEqual(await order("replay", { inboxKeys: ["b", "a"] }), {
      results: [
        { inboxKey: "b", result: "replaying", replay: 1 },
        { inboxKey: "a", result: "replaying", replay: 1 },
      ],
      left: 0,
    });
    assert.deepEqual(await states(), [
      "a handover replaying 1",
      "a allocation replaying 1",
      "b allocation replaying 1",
      "c allocation held 0",
    ]);
    assert.deepEqual(await listRecorded(database), [
      { actor: "A_PERSON", action: "replay", reason: "repaired", subject: { inboxKeys: ["b", "a"] } },
    ]);
  });

  it("says of each message why nothing was done, and does the rest", async () => {
    const { database } = operations;
    await quarantine(database, { inbox_key: "held" });
    await quarantine(database, { inbox_key: "replaying", state: "replaying", replays: 1 });
    await quarantine(database, { inbox_key: "discarded", state: "discarded" });
    await quarantine(database, { inbox_key: "settled", state: "settled" });
    await quarantine(database, { inbox_key: "spent", replays: 5 });
    const inboxKeys = ["unknown", "replaying", "discarded", "settled", "spent", "held", "held"];
    const refused = (inboxKey: string, refusal: string, message: string) => ({
      inboxKey,
      result: "refused",
      refusal,
      message,
    });
    const shared = [
      refused("unknown", "unknown", "No message with this key is quarantined"),
      refused("replaying", "replaying", "The message is being replayed"),
      refused("discarded", "discarded", "The message is discarded"),
      refused("settled", "settled", "The message is settled"),
    ];
    const spent = refused("spent", "replayed too often", "The message was replayed 5 times");
    const inHand = refused("held", "replaying", "The message is being replayed");
    const withoutResult = ({ inboxKey, message }: typeof spent) => ({ inboxKey, message });
    assert.deepEqual((await order("replay", { inboxKeys })).results, [
      ...shared,
      spent,
      { inboxKey: "held", result: "replaying", replay: 1 },
    ]);
    const { results } = await order("discard", { inboxKeys });
    assert.deepEqual(results.slice(0, 4), shared);
    assert.deepEqual(results.slice(4), [{ inboxKey: "spent", result: "discarded" }, inHand]);
    assert.deepEqual(
      (await listRecorded(database)).map(({ action, subject }) => [action, subject]),
      [
        ["replay", { inboxKeys: ["held"], refused: [...shared, spent].map(withoutResult) }],
        ["discard", { inboxKeys: ["spent"], refused: [...shared, inHand].map(withoutResult) }],
      ],
    );
  });

  it("that comes to nothing leaves no record", async () => {
    await order("replay", { inboxKeys: ["unknown"] });
    assert.deepEqual(await listRecorded(operations.database), []);
  });

  it("replays a message five times and no more", async () => {
    const { database } = operations;
    await quarantine(database, {});
    const again = "update mpc_delius.quarantine set state = 'held'";
    const results: unknown[] = [];
    for (let count = 1; count <= 6; count += 1) {
      const [done] = (await order("replay", { inboxKeys: ["key"] })).results;
      results.push(done?.["replay"] ?? done?.result);
      await database.query(again);
    }
    assert.deepEqual(results, [1, 2, 3, 4, 5, "refused"]);
  });

  it("discards and restores; what was discarded is held as it was", async () => {
    const { database } = operations;
    await quarantine(database, { replays: 2 });
    assert.deepEqual((await order("discard", { inboxKeys: ["key"] })).results, [
      { inboxKey: "key", result: "discarded" },
    ]);
    assert.deepEqual(await states(), ["key allocation discarded 2"]);
    assert.deepEqual((await order("restore", { inboxKeys: ["key"] }, "ANOTHER")).results, [
      { inboxKey: "key", result: "restored" },
    ]);
    assert.deepEqual(await states(), ["key allocation held 2"]);
    const [again] = (await order("restore", { inboxKeys: ["key"] })).results;
    assert.equal(again?.["refusal"], "not discarded");
    assert.deepEqual(
      (await listRecorded(database)).map(({ actor, action }) => [actor, action]),
      [
        ["A_PERSON", "discard"],
        ["ANOTHER", "restore"],
      ],
    );
  });

  it("cancels replays that are not sent yet, which are held again, and says which were sent", async () => {
    const { database } = operations;
    for (const inbox_key of ["unsent", "sending", "sent"]) await quarantine(database, { inbox_key });
    await quarantine(database, { inbox_key: "held" });
    await order("replay", { inboxKeys: ["unsent", "sending", "sent"] });
    const mark = "update mpc_delius.quarantine set due_at = now() + interval '1 minute', claimed_at = now()";
    await database.query(`${mark} where inbox_key = 'sending'`);
    await database.query(`${mark}, sent_at = now() where inbox_key = 'sent'`);
    const sent = { result: "refused", refusal: "sent", message: "The message was sent already, so it is decided anew" };
    assert.deepEqual((await order("cancel", { group: "UnknownPrison" }, "ANOTHER")).results, [
      { inboxKey: "unsent", result: "cancelled" },
      { inboxKey: "sending", ...sent },
      { inboxKey: "sent", ...sent },
    ]);
    const [held] = (await order("cancel", { inboxKeys: ["held"] })).results;
    assert.equal(held?.["refusal"], "not replaying");
    assert.deepEqual(await states(), [
      "unsent allocation held 1",
      "sending allocation replaying 1",
      "sent allocation replaying 1",
      "held allocation held 0",
    ]);
    assert.deepEqual(await listDue(operations), ["sending", "sent"]);
    const [, cancelled] = await listRecorded(database);
    assert.deepEqual([cancelled?.["actor"], cancelled?.["action"]], ["ANOTHER", "cancel-replay"]);
  });

  it("takes of a group the oldest hundred that can be replayed, and says how many are left", async () => {
    const { database } = operations;
    await quarantine(database, { inbox_key: "spent", replays: 5 });
    await quarantine(database, { inbox_key: "in hand", state: "replaying", replays: 1 });
    await quarantine(database, { inbox_key: "of another group", reason: "UnknownTeam" });
    await database.query(
      `insert into mpc_delius.quarantine (inbox_key, fact, reason, error, body, attributes, first_seen, last_seen)
       select 'k' || number, fact, 'UnknownPrison', 'error', 'body', '{}', now(), now()
       from generate_series(1, 150) number, unnest(array['handover', 'allocation']) fact`,
    );
    const first = await order("replay", { group: "UnknownPrison" });
    assert.deepEqual([first.results.length, first.left], [100, 50]);
    assert.deepEqual([first.results[0]?.inboxKey, first.results[99]?.inboxKey], ["k1", "k100"]);
    assert.ok(first.results.every(({ result }) => result === "replaying"));
    const second = await order("replay", { group: "UnknownPrison" });
    assert.deepEqual([second.results.length, second.left], [50, 0]);
    assert.deepEqual(await order("replay", { group: "UnknownPrison" }), { results: [], left: 0 });
    const recorded = await listRecorded(database);
    const subjects = recorded.map(({ subject }) =>
      z.object({ group: z.string(), inboxKeys: z.array(z.string()) }).parse(subject),
    );
    assert.deepEqual(
      subjects.map(({ group, inboxKeys }) => [group, inboxKeys.length]),
      [
        ["UnknownPrison", 100],
        ["UnknownPrison", 50],
      ],
    );
  });

  it("restores a group of what was discarded", async () => {
    const { database } = operations;
    await quarantine(database, { inbox_key: "a", replays: 5 });
    await order("discard", { group: "UnknownPrison" });
    assert.deepEqual((await order("restore", { group: "UnknownPrison" })).results, [
      { inboxKey: "a", result: "restored" },
    ]);
  });

  it("of two operators at once is carried out for one, and the other learns of it", async () => {
    const { database } = operations;
    const inboxKeys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    for (const inbox_key of inboxKeys) await quarantine(database, { inbox_key });
    await using held = await database.hold("select from mpc_delius.quarantine for update");
    const orders = [
      order("replay", { inboxKeys }, "ONE"),
      order("replay", { inboxKeys: inboxKeys.toReversed() }, "TWO"),
      order("discard", { inboxKeys }, "THREE"),
    ];
    await untilWaiting(operations, 3);
    await held.commit();
    const answers = await Promise.all(orders);
    const done = answers.map(({ results }) => results.filter(({ result }) => result !== "refused").length);
    assert.deepEqual(
      done.toSorted((one, other) => one - other),
      [0, 0, 20],
    );
    assert.equal((await listRecorded(database)).length, 1);
    const rows = await database.query("select distinct replays from mpc_delius.quarantine where state = 'replaying'");
    assert.ok(rows.length === 0 || rows[0]?.["replays"] === 1);
  });

  it("is in one with its record: without one there is not the other", async () => {
    const { database } = operations;
    await quarantine(database, {});
    await database.query("alter table mpc_delius.operator_action rename to elsewhere");
    const { status } = await operations.ask(`POST ${path}/replay`, {
      body: { inboxKeys: ["key"], reason: "repaired" },
    });
    assert.equal(status, 503);
    assert.deepEqual(await states(), ["key allocation held 0"]);
    await database.query("alter table mpc_delius.elsewhere rename to operator_action");
  });

  const keys = (count: number, key = "k") => Array.from({ length: count }, () => key);
  const faulty: readonly (readonly [body: unknown, field: string])[] = [
    [{}, "reason"],
    [{ reason: "r" }, "inboxKeys"],
    [{ inboxKeys: ["k"] }, "reason"],
    [{ inboxKeys: ["k"], reason: "  " }, "reason"],
    [{ inboxKeys: ["k"], reason: "r".repeat(501) }, "reason"],
    [{ inboxKeys: ["k"], reason: "nul\0" }, "reason"],
    [{ inboxKeys: [], reason: "r" }, "inboxKeys"],
    [{ inboxKeys: keys(101), reason: "r" }, "inboxKeys"],
    [{ inboxKeys: ["k".repeat(201)], reason: "r" }, "inboxKeys.0"],
    [{ inboxKeys: ["a b"], reason: "r" }, "inboxKeys.0"],
    [{ inboxKeys: [1], reason: "r" }, "inboxKeys.0"],
    [{ inboxKeys: ["k"], group: "UnknownPrison", reason: "r" }, "inboxKeys"],
    [{ group: "PomAllocated", reason: "r" }, "group"],
    [{ inboxKeys: ["k"], reason: "r", force: true }, "request"],
    [[], "request"],
    ["k", "request"],
  ];
  it("that does not fit is refused, with the field that is at fault", async () => {
    for (const [body, field] of faulty) {
      const { status, body: told } = await operations.ask(`POST ${path}/replay`, { body });
      const { fields } = z.object({ fields: z.array(z.object({ field: z.string() })) }).parse(told);
      assert.deepEqual([status, fields[0]?.field], [400, field], JSON.stringify(body));
    }
    const many = await operations.ask(`POST ${path}/replay`, { body: { inboxKeys: keys(100, " "), reason: "r" } });
    assert.equal(z.object({ fields: z.array(z.unknown()) }).parse(many.body).fields.length, 10);
  });

  it("leaves no word of it in the log", async () => {
    await quarantine(operations.database, {});
    const said = operations.lines.length;
    await order("replay", { inboxKeys: ["key"] });
    assert.equal(operations.lines.length, said);
    assert.doesNotMatch(operations.lines.join(), /repaired|A_PERSON|A1001AA|the body/);
  });
});

async function listDue({ database }: Operations): Promise<readonly string[]> {
  const rows = await database.query("select inbox_key as key from mpc_delius.quarantine where due_at is not null");
  return rows.map(({ key }) => String(key)).toSorted();
}

/** Waits until so many sessions wait for someone else's lock. */
async function untilWaiting({ database }: Operations, sessions: number): Promise<void> {
  for (;;) {
    const [row] = await database.query(
      "select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (row?.["waiting"] === sessions) return;
  }
}
