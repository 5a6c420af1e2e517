import assert from "node:assert/strict";
import { after, before, afterEach, beforeEach, describe, it } from "node:test";
import { createLiveFeed, type LiveFeed } from "../../sandbox/live-feed.ts";
import type { LogEntry } from "../../sandbox/service-log.ts";
import { createTestDatabase, openStore, type TestDatabase } from "../support/test-database.ts";
import type { Database } from "../../src/platform/database/database.ts";

const dated = /^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d {2}/;

/** A screen that is looked at entry by entry. */
function createScreen() {
  const printed: string[] = [];
  let arrived = Promise.withResolvers<void>();
  return {
    terminal: () => ({ width: 110, hasColour: false }),
    print: (text: string) => {
      printed.push(text);
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
    progress: () => undefined,
    clear: () => undefined,
    next: async () => {
      while (printed.length === 0) await arrived.promise;
      return printed.shift() ?? "";
    },
  };
}

const warning = (errorClass: string): LogEntry => ({
  level: "warn",
  message: "attempt failed",
  fields: { dependency: "mpc", errorClass },
});
const settled = (inboxKey: string): LogEntry => ({ level: "info", message: "message settled", fields: { inboxKey } });

describe("the live feed", () => {
  let database: TestDatabase;
  let store: Database;
  let screen: ReturnType<typeof createScreen>;
  let feed: LiveFeed;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  afterEach(() => feed[Symbol.dispose]());
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    screen = createScreen();
    feed = createLiveFeed(store, screen);
    feed.begin();
    feed.hear(warning("begun"));
    assert.match(await screen.next(), /\(mpc, begun\)$/);
  });

  const journal = (inboxKey: string, dryRun: boolean, noms: string | null = "A1001AA") =>
    database.query(
      `insert into mpc_delius.journal (inbox_key, event_type, noms_number, received_at, decided_at, outcome,
         outcome_class, dry_run, properties, reasons, changes)
       values ($1, 'an.event', $3, now(), now(), 'KeyDateCreated', 'written', $2, '{}', '[]',
         '[{"record": "key date", "before": null, "after": {"type": "POM1"}}]')`,
      [inboxKey, dryRun, noms],
    );
  const act = (action: string, subject: object, reason: string | null = "a test") =>
    database.query("insert into mpc_delius.operator_action (actor, action, reason, subject) values ($1, $2, $3, $4)", [
      "A_PERSON",
      action,
      reason,
      JSON.stringify(subject),
    ]);

  it("shows what was written, and of a dry run what would be", async () => {
    await journal("real", false);
    await journal("dry", true);
    feed.hear(settled("real"));
    const [title = "", ...lines] = (await screen.next()).split("\n");
    assert.match(title, dated);
    assert.match(title, / {2}A1001AA {2}an\.event$/);
    assert.deepEqual(lines, ["    → KeyDateCreated", "    + key date: type POM1"]);
    feed.hear(settled("dry"));
    assert.deepEqual((await screen.next()).split("\n").slice(1), [
      "    → dry run, nothing was written: would be KeyDateCreated",
      "    would be: + key date: type POM1",
    ]);
  });

  it("says of a message that names no one that it has no person, as `npm run status` does", async () => {
    await journal("unnamed", false, null);
    feed.hear(settled("unnamed"));
    assert.match(await screen.next(), / {2}no person {2}an\.event\n/);
  });

  it("counts what repeats itself, and says how often", async () => {
    for (let time = 0; time < 3; time += 1) feed.hear(warning("HTTP 500"));
    assert.match(await screen.next(), /Warning of the service: attempt failed \(mpc, HTTP 500\)$/);
    feed.hear(warning("HTTP 502"));
    assert.equal(await screen.next(), "    the same again: 3 times in all");
    assert.match(await screen.next(), /HTTP 502/);
  });

  it("counts also when nothing else happens", async () => {
    for (let time = 0; time < 2; time += 1) feed.hear(warning("HTTP 503"));
    await screen.next();
    assert.equal(await screen.next(), "    the same again: 2 times in all");
  });

  const actions: readonly (readonly [action: string, subject: object, says: string])[] = [
    ["pause", {}, "Intake paused by A_PERSON, because: a test"],
    ["resume", {}, "Intake resumed by A_PERSON, because: a test"],
    ["replay", { inboxKeys: ["a", "b"] }, "Replay of 2 quarantined messages ordered by A_PERSON, because: a test"],
    ["discard", { inboxKeys: ["a"] }, "1 quarantined message discarded by A_PERSON, because: a test"],
    [
      "dismiss",
      { nomsNumber: "A1001AA", fact: "handover" },
      "A1001AA no longer waits for its handover dates: dismissed by A_PERSON, because: a test",
    ],
    [
      "refresh",
      { inboxKeys: ["a"], dryRun: true },
      "Dry run, which writes nothing, of a refresh of 1 case ordered by A_PERSON, because: a test",
    ],
    [
      "repair",
      { reconciliationRun: 7, cases: 4, dryRun: false },
      "Repair of 4 cases of reconciliation run 7 ordered by A_PERSON, because: a test",
    ],
    [
      "retry-dlq",
      { queue: "dead", messagesFoundCount: 1 },
      "1 message of dead sent again by A_PERSON, because: a test",
    ],
  ];
  for (const [action, subject, says] of actions) {
    it(`shows who did it and why: ${action}`, async () => {
      await act(action, subject);
      const text = await screen.next();
      assert.match(text, dated);
      assert.equal(text.replace(dated, ""), says);
    });
  }

  it("shows what the intake waits for, and leaves a pause to the action that ordered it", async () => {
    const intake = (fields: LogEntry["fields"]): LogEntry => ({ level: "warn", message: "intake changed", fields });
    feed.hear(intake({ state: "paused", dependency: null, allowance: null }));
    feed.hear(intake({ state: "waiting", dependency: "mpc", allowance: 0 }));
    feed.hear(intake({ state: "waiting", dependency: "mpc", allowance: 1 }));
    feed.hear(intake({ state: "running", dependency: null, allowance: null }));
    const texts = [await screen.next(), await screen.next(), await screen.next()].map((text) =>
      text.replace(dated, ""),
    );
    assert.deepEqual(texts, [
      "The intake waits for mpc",
      "The intake tries mpc with 1 message at once",
      "The intake runs",
    ]);
  });
});
