import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { takeSnapshot, type Snapshot } from "../support/delius-rows.ts";
import { handoverEvent, toNotification } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";

const most = 256 * 1024;
const type = "offender-management.handover.changed";
const event = (rest: Readonly<Record<string, unknown>>) => handoverEvent("http://127.0.0.1:1", "A1002AA", rest);
const notification = (rest: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ Type: "Notification", MessageId: randomUUID(), Message: JSON.stringify(event({})), ...rest });
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const noise = () => randomBytes((most * 3) / 4 - 10).toString("base64");

/** Bodies that cannot be acted on. Each goes aside whole on the first receive. */
const poisons: Readonly<Record<string, () => string>> = {
  "a text": () => "Once upon a time",
  "a space": () => " ",
  "half a JSON text": () => JSON.stringify(event({})).slice(0, -5),
  "a JSON number": () => "42",
  "a JSON null": () => "null",
  "an empty list": () => "[]",
  "an empty object": () => "{}",
  "a notification without a message": () => JSON.stringify({ Type: "Notification", MessageId: randomUUID() }),
  "a notification whose message is no text": () => notification({ Message: event({}) }),
  "a notification whose message is not JSON": () => notification({ Message: "Hello" }),
  "a notification whose message is null": () => notification({ Message: "null" }),
  "a notification in a notification": () => notification({ Message: notification({}) }),
  "a person that is a text": () => toNotification(event({ personReference: "A1002AA" })),
  "identifiers that are no list": () => toNotification(event({ personReference: { identifiers: { type: "NOMS" } } })),
  "identifiers that are none": () => toNotification(event({ personReference: { identifiers: [null, 5, {}, []] } })),
  "a prison number that is a number": () =>
    toNotification(event({ personReference: { identifiers: [{ type: "NOMS", value: 1002 }] } })),
  "a prison number that is none": () =>
    toNotification(event({ personReference: { identifiers: [{ type: "NOMS", value: "A1002AA' or '1'='1" }] } })),
  "a prison number with a null character": () =>
    toNotification(event({ personReference: { identifiers: [{ type: "NOMS", value: "A1002AA\0" }] } })),
  "a prison number of half a surrogate pair": () =>
    toNotification(event({ personReference: { identifiers: [{ type: "NOMS", value: "\uD800" }] } })),
  "an address that is no text": () => toNotification(event({ detailUrl: { href: "http://127.0.0.1" } })),
  "an event type that is no text": () => JSON.stringify(event({ eventType: { name: type } })),
  "an event type with a null character": () => JSON.stringify(event({ eventType: `${type}\0` })),
  "an event type of half a surrogate pair": () => JSON.stringify(event({ eventType: "\uDC00" })),
  "an event type of 300 characters": () => JSON.stringify(event({ eventType: "x".repeat(300) })),
  "a prototype": () => `{"__proto__":${JSON.stringify(event({}))}}`,
  "a constructor": () => `{"constructor":{"prototype":${JSON.stringify(event({}))}}}`,
  "lists in lists that do not end": () => "[".repeat(most),
  "lists in lists, 100,000 deep": () => nested(100_000),
  "lists in lists, 50,000 deep, in the message": () => notification({ Message: nested(50_000) }),
  "a good event with lists in lists, 100 deep": () =>
    notification({ Message: JSON.stringify(event({ lists: 0 })).replace('"lists":0', `"lists":${nested(100)}`) }),
  "256 KiB of noise": noise,
  "256 KiB of noise as a JSON text": () => JSON.stringify(noise()),
  "256 KiB of noise as a message": () => notification({ Message: noise().slice(0, most - 1000) }),
  "many null characters, escaped": () => `"${String.raw`\u0000`.repeat(40_000)}"`,
  "half surrogate pairs, escaped": () => notification({ Message: "\uDC00\uDC00\uD800" }),
};

const notificationSchema = z.object({ MessageId: z.string(), Message: z.string() });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

describe("a message that holds", () => {
  let service: TestService;
  let untouched: Snapshot;
  before(async () => {
    service = await startService();
    untouched = await delius();
  });
  after(() => service[Symbol.asyncDispose]());

  const delius = async () => {
    const snapshot = await takeSnapshot(service.database);
    return Object.fromEntries(Object.entries(snapshot).filter(([table]) => !table.startsWith("mpc_delius.")));
  };
  // A notification goes by its own id, everything else by the queue's.
  const keyOf = (body: string, messageId: string) =>
    notificationSchema.safeParse(parse(body)).data?.MessageId ?? messageId;

  for (const [what, make] of Object.entries(poisons)) {
    it(`${what} goes aside whole on the first receive`, async () => {
      const body = make();
      const key = keyOf(body, await service.queue.send(body));
      const outcomes = new Set(await service.settled(key));
      assert.ok(
        outcomes.size === 1 && (outcomes.has("UnreadableMessage") || outcomes.has("UnhandledEventType")),
        [...outcomes].join(),
      );
      const { fields } = await service.line("message settled", key);
      assert.equal(fields["receives"], 1);
      const [held] = await service.database.query(
        "select body, error, state from mpc_delius.quarantine where inbox_key = $1",
        [key],
      );
      assert.equal(held?.["body"], body);
      assert.equal(held["state"], "held");
      assert.ok(String(held["error"]).length > 10);
    });
  }

  it("any of these leaves Delius as it was, the process alive, and the next good message handled", async () => {
    assert.deepEqual(await delius(), untouched);
    assert.equal(Object.hasOwn(Object.prototype, "personReference"), false);
    const action = { kind: "setHandover", handoverDate: "2031-07-01", handoverStartDate: null } as const;
    const [good] = await service.mpc.act("A1004AA", action);
    assert.ok(good);
    assert.deepEqual(await service.settled(good.messageId), ["KeyDateCreated"]);
    await service.stop();
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});
