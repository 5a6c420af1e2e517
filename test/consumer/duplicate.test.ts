import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { takeSnapshot } from "../support/delius-rows.ts";
import {
  handoverAnswer,
  handoverEvent,
  nomsOf,
  paths,
  plainCases,
  toNotification,
  wrapInNotification,
} from "../support/messages.ts";
import { untilWaiting } from "../support/blocked-session.ts";
import { listKeyDates } from "../support/written-rows.ts";
import { startService, type TestService } from "../support/service.ts";

describe("a message that comes more than once, with two instances of the service on its queue (P1)", () => {
  let service: TestService;
  before(async () => {
    service = await startService({ prepare: ({ url }) => seedCases(url, plainCases(5)) });
    await service.startAnother();
  });
  after(() => service[Symbol.asyncDispose]());

  /** Everything in the Delius tables, without our own. */
  const delius = async () => {
    const snapshot = await takeSnapshot(service.database);
    return Object.fromEntries(Object.entries(snapshot).filter(([table]) => !table.startsWith("mpc_delius.")));
  };

  for (const deliveries of [1, 2, 3, 4, 5]) {
    it(`has one effect when ${deliveries} of them come at once`, async () => {
      const noms = nomsOf(deliveries - 1);
      service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01", "2031-06-01"));
      const key = randomUUID();
      const body = toNotification(handoverEvent(service.mpc.origin, noms), key);
      await Promise.all(Array.from({ length: deliveries }, () => service.queue.send(body)));
      const outcomes = await Promise.all(
        Array.from({ length: deliveries }, (_, index) => service.settled(key, index + 1)),
      );
      const duplicates = Array.from({ length: deliveries - 1 }, () => "Duplicate");
      assert.deepEqual(outcomes.flat().toSorted(), [...duplicates, "KeyDateCreated"]);
      const [inbox] = await service.database.query("select deliveries from mpc_delius.inbox where inbox_key = $1", [
        key,
      ]);
      assert.equal(inbox?.["deliveries"], deliveries);
      assert.deepEqual(await listKeyDates(service.database, noms), ["POM1 2031-06-01 0", "POM2 2031-07-01 0"]);
    });
  }

  it("has one effect when the second comes after the first is settled", async () => {
    const [manager] = managers;
    assert.ok(manager);
    const action = { kind: "allocate", manager, prison: "LEI" } as const;
    const [event] = await service.mpc.act("A1002AA", action);
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["PomAllocated"]);
    const once = await delius();
    await service.queue.send(wrapInNotification(event, event.messageId));
    assert.deepEqual(await service.settled(event.messageId, 2), ["Duplicate"]);
    assert.deepEqual(await delius(), once);
  });

  it("has no second effect under another id: no row version and no diary entry more (P2)", async () => {
    const published = service.mpc.published();
    const once = await delius();
    for (const event of published) {
      const messageId = await service.mpc.republish(event);
      assert.deepEqual(await service.settled(messageId), ["NoPomChange"]);
    }
    const key = randomUUID();
    await service.queue.send(toNotification(handoverEvent(service.mpc.origin, nomsOf(0)), key));
    assert.deepEqual(await service.settled(key), ["NoKeyDateChange"]);
    assert.deepEqual(await delius(), once);
  });

  it("leaves nothing in the queue", async () => {
    await service.stop();
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});

describe("a message whose second delivery is claimed at the same moment by another instance (P1)", () => {
  const oneSlot = { CONSUMER_CONCURRENCY: "1" };
  let service: TestService;
  before(async () => {
    // With one slot an instance takes no second message while it has one in work.
    service = await startService({ environment: oneSlot });
    await service.startAnother();
  });
  after(() => service[Symbol.asyncDispose]());

  // No one is found for these: no person's journal shows that someone was first, and the claim alone stands between.
  const messages = {
    "of which nothing can be read": { eventType: "SENTENCE_CHANGED" },
    "about nobody whom Delius knows": handoverEvent("", "Z9999ZZ", { detailUrl: undefined }),
  };
  for (const [what, event] of Object.entries(messages)) {
    it(`has one outcome although it is one ${what}`, async () => {
      const key = randomUUID();
      const body = toNotification(event, key);
      await using inbox = await service.database.hold("lock table mpc_delius.inbox in share row exclusive mode");
      for (const deliveries of [1, 2]) {
        await service.queue.send(body);
        await untilWaiting(service.database, deliveries);
      }
      await inbox.commit();
      const outcomes = [await service.settled(key), await service.settled(key, 2)];
      // Which of the two instances speaks first is chance.
      assert.equal(outcomes.filter((told) => told.join() === "Duplicate").length, 1, outcomes.join());
      const journal = await service.database.query("select from mpc_delius.journal where inbox_key = $1", [key]);
      assert.equal(journal.length, 1);
    });
  }
});
