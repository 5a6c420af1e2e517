import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { seedCases } from "../../sandbox/seed/seed.ts";
import {
  eventTypes,
  handoverAnswer,
  handoverEvent,
  nomsOf,
  paths,
  plainCases,
  toNotification,
  wrapInNotification,
} from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { listKeyDates } from "../support/written-rows.ts";

const notificationSchema = z.record(z.string(), z.unknown());

type Json = Readonly<Record<string, unknown>>;

/** Events that are odd, and can be acted on all the same: what is not used is borne (rule E1). */
const oddities: Readonly<Record<string, Json>> = {
  "keys that nobody knows": { prisonerStatus: { code: "X" }, version: "two" },
  "additional information that is a text": { additionalInformation: "user" },
  "additional information that is a list": { additionalInformation: [1, 2] },
  "additional information of 50 lists in lists": { additionalInformation: { deep: "{deep}" } },
  "additional information for a prototype": { additionalInformation: JSON.parse('{"__proto__":{"dryRun":true}}') },
  "a time that is a number": { occurredAt: 1_775_125_800 },
  "a time that is none": { occurredAt: "yesterday" },
  "a time of the year 0": { occurredAt: "0000-06-01T00:00:00Z" },
  "a time of the year 9999": { occurredAt: "9999-12-31T23:59:59Z" },
  "no time": { occurredAt: null },
  "no address": { detailUrl: null },
  "a case number that is none": { crn: 5 },
};

/** Notifications that are odd around a good event. */
const envelopes: Readonly<Record<string, Json>> = {
  "attributes that are a list": { MessageAttributes: [1] },
  "attributes that are a text": { MessageAttributes: "eventType" },
  "an attribute that is no object": { MessageAttributes: { eventType: "handover", traceparent: null } },
  "attributes of another type than String": {
    MessageAttributes: {
      eventType: { Type: "String.enum", Value: "offender-management.handover.changed" },
      n: { Type: "Number", Value: 1 },
    },
  },
  "a traceparent that is none": { MessageAttributes: { traceparent: { Type: "String", Value: "00-zz-zz-01\0" } } },
  "a time that is none": { Timestamp: { seconds: 5 } },
  "an id that is a number": { MessageId: 5 },
  "an id of 300 characters": { MessageId: "x".repeat(300) },
  "an id with a null character": { MessageId: "a\0b" },
  "an id of half a surrogate pair": { MessageId: "\uD800" },
  "no id": { MessageId: undefined },
};

describe("an event that can be acted on although it has", () => {
  let service: TestService;
  before(async () => {
    service = await startService({ prepare: ({ url }) => seedCases(url, plainCases(40)) });
  });
  after(() => service[Symbol.asyncDispose]());

  const expectHandled = async (noms: string, body: string) => {
    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01"));
    const deep = "[".repeat(50) + "]".repeat(50);
    const sent = await service.queue.send(body.replace(String.raw`\"{deep}\"`, deep));
    const key = /"MessageId":"([\da-f-]{36})"/.exec(body)?.[1] ?? sent;
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, noms), ["POM2 2031-07-01 0"]);
  };

  Object.entries(oddities).forEach(([what, rest], index) => {
    it(`${what} is handled`, async () => {
      const noms = nomsOf(index);
      await expectHandled(noms, toNotification(handoverEvent(service.mpc.origin, noms, rest)));
    });
  });

  Object.entries(envelopes).forEach(([what, rest], index) => {
    it(`${what} around it is handled`, async () => {
      const noms = nomsOf(20 + index);
      const event = handoverEvent(service.mpc.origin, noms);
      const notification = notificationSchema.parse(JSON.parse(toNotification(event)));
      await expectHandled(noms, JSON.stringify({ ...notification, ...rest }));
    });
  });

  it("a time of the year 0 is handled, and the time of SNS holds instead", async () => {
    const path = paths.allocation("A1002AA");
    const allocated = {
      manager: { forename: "MOIC", surname: "POM" },
      prison: { code: "LEI" },
    };
    service.mpc.answerWith(path, { status: 200, body: JSON.stringify(allocated) });
    const eventType = "offender-management.allocation.changed";
    const rest = { eventType, detailUrl: service.mpc.origin + path, occurredAt: "0000-06-01T00:00:00Z" };
    const key = randomUUID();
    await service.queue.send(toNotification(handoverEvent(service.mpc.origin, "A1002AA", rest), key));
    const [row] = await service.journal(key);
    assert.deepEqual(row?.["properties"], {
      prisonId: "LEI",
      nomsId: "A1002AA",
      allocationDate: "02/04/2026 11:30:01",
    });
  });

  it("keys that come twice, of which the last counts, and numbers without bounds is handled", async () => {
    const noms = nomsOf(36);
    const good = JSON.stringify(handoverEvent(service.mpc.origin, noms)).slice(1);
    const first = '"eventType":"none","personReference":null,"detailUrl":"http://127.0.0.1:1/"';
    const body = `{${first},"version":1e999,"huge":-${"9".repeat(400)},${good}`;
    await expectHandled(noms, wrapInNotification({ body, eventType: eventTypes.handover }, randomUUID()));
  });

  it("a prison number in small letters with white space is handled", async () => {
    const noms = nomsOf(35);
    const identifiers = [
      { type: "CRN", value: "X999999" },
      { type: "NOMS", value: ` ${noms.toLowerCase()} ` },
    ];
    const event = handoverEvent(service.mpc.origin, noms, { personReference: { identifiers } });
    await expectHandled(noms, toNotification(event));
  });

  for (const blank of ["", "   "]) {
    it(`${JSON.stringify(blank)} as its prison number is handled: the case has none`, async () => {
      const event = {
        eventType: "probation-case.prison-identifier.updated",
        occurredAt: "2026-04-02T11:30:00+01:00",
        personReference: {
          identifiers: [
            { type: "CRN", value: "X100007" },
            { type: "NOMS", value: blank },
          ],
        },
      };
      const key = randomUUID();
      await service.queue.send(toNotification(event, key));
      assert.deepEqual(await service.settled(key), ["NoNomsNumber", "NoNomsNumber"]);
    });
  }
});
