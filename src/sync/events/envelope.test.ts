import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deliveryOf } from "../../../test/support/pipeline-fixture.ts";
import { readEnvelope } from "./case-event.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const eventType = "offender-management.allocation.changed";
const event = {
  eventType,
  version: 1,
  description: "A POM allocation has changed",
  detailUrl: "https://mpc.example/api/allocation/A1001AA/primary_pom",
  additionalInformation: { staffCode: 485637, prisonId: "LEI", eventTrigger: "user" },
  personReference: { identifiers: [{ type: "NOMS", value: "A1001AA" }] },
  occurredAt: "2026-04-02T10:30:00Z",
};
const content = {
  occurredAt: Date.parse("2026-04-02T10:30:00Z"),
  detailUrl: event.detailUrl,
  personReference: event.personReference,
  additionalInformation: event.additionalInformation,
};
const notification = {
  Type: "Notification",
  MessageId: "63ba0b4b-340e-4853-b343-6429965a3961",
  TopicArn: "arn:aws:sns:eu-west-2:000000000000:hmpps-domain-events",
  Message: JSON.stringify(event),
  Timestamp: "2026-04-02T10:30:01.102Z",
  MessageAttributes: { eventType: { Type: "String", Value: eventType } },
};
const about = (message: object) => ({ ...notification, Message: JSON.stringify(message) });
const attributed = (attributes: object) => ({ ...notification, MessageAttributes: attributes });

describe("a notification of SNS", () => {
  test("reports key, type, times and the event", () => {
    assert.deepEqual(readEnvelope(deliveryOf(notification)), {
      inboxKey: notification.MessageId,
      eventType,
      sentAt: Date.parse("2026-04-02T10:30:01.102Z"),
      trace: null,
      facts: null,
      content,
    });
  });

  test("may lack everything but the message", () => {
    const envelope = readEnvelope(deliveryOf({ Message: JSON.stringify({ eventType }) }));
    assert.deepEqual(envelope, {
      inboxKey: "sqs-1",
      eventType,
      sentAt: null,
      trace: null,
      facts: null,
      content: { occurredAt: null },
    });
  });

  test("may have keys that no one knows, at every level", () => {
    const unknown = { Surprise: [1], ...about({ ...event, surprise: { deep: true } }) };
    assert.deepEqual(readEnvelope(deliveryOf(unknown)).content, content);
  });

  const attributes = [
    { name: "of another type than String", value: { Type: "Number.java.lang.Long", Value: "1582629916147" } },
    { name: "whose value is no text", value: { Type: "Binary", Value: 7 } },
    { name: "without a value", value: { Type: "String" } },
    { name: "that is nothing at all", value: null },
  ];
  for (const { name, value } of attributes) {
    test(`may have an attribute ${name}`, () => {
      const { MessageAttributes } = notification;
      assert.deepEqual(
        readEnvelope(deliveryOf(attributed({ ...MessageAttributes, timestamp: value }))).eventType,
        eventType,
      );
    });
  }

  test("may have attributes that are none", () => {
    assert.equal(readEnvelope(deliveryOf({ ...notification, MessageAttributes: "none" })).eventType, eventType);
  });

  const keys = ["", "two words", "tab\there", "k".repeat(101), 7, null];
  for (const MessageId of keys) {
    test(`is settled under the queue's key when its own is ${JSON.stringify(MessageId)}`, () => {
      assert.equal(readEnvelope(deliveryOf({ ...notification, MessageId })).inboxKey, "sqs-1");
    });
  }
});

describe("the event type", () => {
  const other = { eventType: { Type: "String", Value: "other.type" } };
  const rows = [
    { name: "is the attribute's before the body's", body: attributed(other), means: "other.type" },
    { name: "is the body's where no attribute names it", body: attributed({}), means: eventType },
    {
      name: "is the body's where the attribute is no type",
      body: attributed({ eventType: { Value: "a b" } }),
      means: eventType,
    },
    { name: "is unknown where neither names it", body: { ...attributed({}), Message: "{}" }, means: null },
    { name: "is unknown where it is no text", body: { ...attributed({}), Message: '{"eventType":7}' }, means: null },
  ];
  for (const { name, body, means } of rows) {
    test(name, () => {
      assert.equal(readEnvelope(deliveryOf(body)).eventType, means);
    });
  }

  test("is known also of an event that cannot be read", () => {
    const { eventType: known, content: faulty } = readEnvelope(deliveryOf({ ...notification, Message: "no JSON" }));
    assert.deepEqual([known, faulty], [eventType, { fault: "The message is not JSON." }]);
  });
});

describe("raw delivery", () => {
  test("is the event itself under the queue's key", () => {
    assert.deepEqual(readEnvelope(deliveryOf(event)), {
      inboxKey: "sqs-1",
      eventType,
      sentAt: null,
      trace: null,
      facts: null,
      content,
    });
  });

  test("may name the type in an attribute of the queue where the notification names none", () => {
    const Message = JSON.stringify({ crn: "X100004", sentenceId: 2_500_012_345 });
    const attributes = { eventType: "SENTENCE_CHANGED" };
    assert.equal(readEnvelope(deliveryOf({ Message }, { attributes })).eventType, "SENTENCE_CHANGED");
    const named = { Message, MessageAttributes: { eventType: { Type: "String", Value: "CONVICTION_CHANGED" } } };
    assert.equal(readEnvelope(deliveryOf(named, { attributes })).eventType, "CONVICTION_CHANGED");
  });

  test("may name the type in an attribute of the queue", () => {
    const { eventType: _, ...untyped } = event;
    assert.equal(readEnvelope(deliveryOf(untyped, { attributes: { eventType } })).eventType, eventType);
  });
});

describe("the trace", () => {
  const broken = "00-nothing-01";
  const inNotification = (value: string) => attributed({ traceparent: { Type: "String", Value: value } });
  const rows = [
    { name: "is read by the notification", body: inNotification(traceparent), attributes: {} },
    { name: "is read by the queue", body: notification, attributes: { traceparent } },
    {
      name: "is the notification's before the queue's",
      body: inNotification(traceparent),
      attributes: { traceparent: traceparent.replaceAll("8", "9") },
    },
    {
      name: "is the queue's where the notification's is broken",
      body: inNotification(broken),
      attributes: { traceparent },
    },
    { name: "is read beside a raw event", body: event, attributes: { traceparent } },
  ];
  for (const { name, body, attributes } of rows) {
    test(name, () => {
      const envelope = readEnvelope(deliveryOf(body, { attributes }));
      assert.equal(envelope.trace?.traceId, traceId);
      assert.deepEqual(envelope.content, content);
    });
  }

  const faulty = ["", "00", broken, `00-${"0".repeat(32)}-b7ad6b7169203331-01`, `zz-${traceId}-b7ad6b7169203331-01`];
  for (const value of faulty) {
    test(`is none in "${value}", and no message is lost for it`, () => {
      const envelope = readEnvelope(deliveryOf(inNotification(value), { attributes: { traceparent: value } }));
      assert.equal(envelope.trace, null);
      assert.deepEqual(envelope.content, content);
    });
  }
});

describe("an event", () => {
  const tolerated = [
    { name: "a time without a zone, which is London's", part: { occurredAt: "2026-04-02T11:30:00" } },
    {
      name: "identifiers that are none beside its own",
      part: { personReference: { identifiers: [null, 7, {}, ...event.personReference.identifiers] } },
      holes: 3,
    },
    { name: "a CRN that is no text", part: { crn: 7 } },
    { name: "additional information that is none", part: { additionalInformation: "none" } },
  ];
  for (const { name, part } of tolerated) {
    test(`may have ${name}`, () => {
      const read = readEnvelope(deliveryOf(about({ ...event, ...part }))).content;
      assert.ok(!("fault" in read));
      assert.equal(read.occurredAt, content.occurredAt);
      assert.deepEqual(read.personReference?.identifiers?.at(-1), { type: "NOMS", value: "A1001AA" });
    });
  }

  test("whose time is none has no time", () => {
    for (const occurredAt of ["yesterday", 1_775_125_800_000, null, undefined]) {
      const read = readEnvelope(deliveryOf(about({ ...event, occurredAt }))).content;
      assert.equal("fault" in read ? read.fault : read.occurredAt, null);
    }
  });

  const faulty = [
    { name: "text that is not JSON", body: "<html>", fault: "The message is not JSON." },
    { name: "nothing", body: "", fault: "The message is not JSON." },
    { name: "lists in lists", body: "[".repeat(65), fault: "The message is nested too deeply to be read." },
    {
      name: "lists in lists in the event",
      body: { ...notification, Message: `{"lists":${"[".repeat(65)}${"]".repeat(65)}}` },
      fault: "The message is nested too deeply to be read.",
    },
    { name: "a list", body: "[]", fault: /^The message does not fit: body: / },
    { name: "null", body: "null", fault: /^The message does not fit: body: / },
    { name: "a text", body: '"event"', fault: /^The message does not fit: body: / },
    { name: "an address that is no text", body: about({ ...event, detailUrl: 7 }), fault: /detailUrl: / },
    {
      name: "a person that is a text",
      body: about({ ...event, personReference: "A1001AA" }),
      fault: /personReference: /,
    },
    {
      name: "identifiers that are no list",
      body: about({ ...event, personReference: { identifiers: "A1001AA" } }),
      fault: /personReference\.identifiers: /,
    },
  ];
  for (const { name, body, fault } of faulty) {
    test(`cannot be read from ${name}, and its fault shows no value`, () => {
      const read = readEnvelope(deliveryOf(body)).content;
      assert.ok("fault" in read);
      assert.match(read.fault, fault instanceof RegExp ? fault : new RegExp(`^${fault}$`));
      assert.doesNotMatch(read.fault, /A1001AA/);
    });
  }

  test("with traps for readers is read for what it says", () => {
    const nested = `${"[".repeat(50)}${"]".repeat(50)}`;
    const text = JSON.stringify(event).slice(0, -1);
    const trapped = `${text},"__proto__":{"crn":"X000001"},"constructor":1,"deep":${nested},"huge":1e400,"version":1,"version":2}`;
    assert.deepEqual(readEnvelope(deliveryOf({ ...notification, Message: trapped })).content, content);
  });
});
