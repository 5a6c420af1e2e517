import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { figures, reportFigures } from "../../../test/support/figures.ts";
import { handoverEvent, toNotification } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin, sightedPerson, lookupOf } from "../../../test/support/pipeline-fixture.ts";
import { allocationSchema } from "../allocation/allocation-answer.ts";
import { handoverSchema } from "../handover/handover-answer.ts";
import { handledEventTypes } from "../events/event-table.ts";
import { readMessage } from "./message-handler.ts";
import { outcomeClasses } from "../fact/outcome.ts";
import { toJournalEntries } from "./prepared-message.ts";
import { triage } from "./triage.ts";

// Texts that have been traps for readers of JSON, dates, addresses and keys.
const traps = fc.constantFrom<unknown>(
  "",
  "__proto__",
  "constructor",
  "A1001AA",
  "X000001",
  "2026-02-30T10:00:00Z",
  "2026-10-25T01:30:00",
  "\u0000",
  "\ud800",
  "NaN",
  "null",
  "1e999",
  `${mpcOrigin}/api/handovers/A1001AA`,
  "POM1",
  -0,
  2 ** 53,
  null,
  true,
  [],
  {},
);
const anything = fc.oneof(traps, fc.jsonValue({ maxDepth: 2 }), fc.string());
const eventType = fc.oneof(fc.constantFrom(...handledEventTypes), anything);

const event = fc.record(
  {
    eventType,
    occurredAt: anything,
    detailUrl: anything,
    crn: anything,
    personReference: fc.oneof(
      anything,
      fc.record({
        identifiers: fc.oneof(
          anything,
          fc.array(fc.oneof(anything, fc.record({ type: fc.oneof(fc.constant("NOMS"), anything), value: anything })), {
            maxLength: 3,
          }),
        ),
      }),
    ),
    additionalInformation: fc.oneof(
      anything,
      fc.record(
        {
          facts: fc.oneof(anything, fc.array(fc.constantFrom("handover", "allocation", "tier"))),
          dryRun: anything,
          removeStale: anything,
          staffCode: anything,
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

const attribute = fc.oneof(anything, fc.record({ Type: anything, Value: anything }, { requiredKeys: [] }));
const notification = fc.record(
  {
    Type: anything,
    MessageId: anything,
    Message: fc.oneof(
      event.map((one) => JSON.stringify(one)),
      anything,
    ),
    Timestamp: anything,
    MessageAttributes: fc.oneof(
      anything,
      fc.record(
        {
          eventType: fc.oneof(
            attribute,
            eventType.map((Value) => ({ Type: "String", Value })),
          ),
          traceparent: attribute,
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

/** A good message with a few places cut, doubled or overwritten. */
const damaged = fc
  .array(
    fc.tuple(
      fc.nat(700),
      fc.nat(20),
      fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('"', "{", "}", "[", "\\", ",", ":")),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce(
      (text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length),
      toNotification(handoverEvent(mpcOrigin, "A1001AA"), "key-1"),
    ),
  );

const bodies = fc.oneof(
  event.map((one) => JSON.stringify(one)),
  notification.map((one) => JSON.stringify(one)),
  damaged,
  fc.string(),
  fc.json(),
);
const attributes = fc.dictionary(fc.constantFrom("eventType", "traceparent", "tracestate", "inboxKey"), fc.string());

test("no message ever makes the program fail: each is read, or ends with its reason (P18)", () => {
  const lookup = lookupOf([sightedPerson(1, "A1001AA", { sentences: 1 })]);
  fc.assert(
    fc.property(bodies, attributes, (body, given) => {
      const message = readMessage(deliveryOf(body, { attributes: given }));
      assert.match(message.envelope.inboxKey, /^[\x21-\x7e]{1,100}$/);
      const steps = triage(message.event, { lookup, origins: [mpcOrigin] });
      assert.ok(steps.length > 0 && new Set(steps.map(({ fact }) => fact)).size === steps.length);
      const ended = steps.filter((step) => step.kind === "ended");
      assert.ok(ended.every(({ outcome, reason }) => outcome in outcomeClasses && reason.endsWith(".")));
      const fetched = steps.filter((step) => step.kind === "fetch");
      assert.ok(fetched.every(({ url }) => url.startsWith(`${mpcOrigin}/api/`)));
      assert.equal(toJournalEntries({ message, lookup, preparedFacts: ended }, [], 0).length, ended.length);
    }),
    { numRuns: figures.fuzzed },
  );
  reportFigures({ "malformed messages read or refused": figures.fuzzed });
});

test("no answer ever makes the program fail: each fits the columns, or is a fault (P18)", () => {
  const lengths = { forename: 35, surname: 35, email: 254 };
  const namedOfficer = allocationSchema(lengths);
  const manager = fc.record(
    { code: anything, forename: anything, surname: anything, email: anything },
    { requiredKeys: [] },
  );
  const allocation = fc.oneof(
    anything,
    fc.record({ manager: fc.oneof(manager, anything), prison: fc.oneof(anything, fc.record({ code: anything })) }),
  );
  const handover = fc.oneof(
    anything,
    fc.record({ nomsNumber: anything, handoverDate: anything, handoverStartDate: anything }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(allocation, handover, (first, second) => {
      const { data: named } = namedOfficer.safeParse(first);
      const dates = handoverSchema.safeParse(second).data;
      if (named?.kind === "allocated") {
        assert.ok(named.manager.forename.length <= 35 && named.manager.surname.length <= 35);
        assert.ok(named.manager.code === undefined || Number.isInteger(named.manager.code));
      }
      if (dates?.kind === "dates") assert.match(dates.handoverDate ?? "2026-01-01", /^\d{4}-\d\d-\d\d$/);
    }),
    { numRuns: figures.fuzzed },
  );
  reportFigures({ "malformed answers read or refused": figures.fuzzed });
});
