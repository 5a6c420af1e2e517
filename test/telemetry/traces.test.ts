import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { consumer } from "../../sandbox/credentials.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { metricList } from "../../src/platform/process/metric-list.ts";
import { runtimeMetrics } from "../../src/platform/process/runtime-metrics.ts";
import { askToken } from "../support/caller-token.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toNotification } from "../support/messages.ts";
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from "../support/otlp-receiver.ts";
import { expectNothingPersonal } from "../support/personal-data.ts";
import { findListed, telemetryNames } from "../support/telemetry-names.ts";
import { startService, type TestService } from "../support/service.ts";

const sender = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const traceparent = `00-${sender.traceId}-${sender.spanId}-01`;
/** Of a caller whose token is checked, and of one who has none. */
const caller = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const called = `00-${caller.traceId}-${caller.spanId}-01`;
const notificationSchema = z.looseObject({ MessageAttributes: z.record(z.string(), z.unknown()).optional() });
const type = "offender-management.handover.changed";

describe("telemetry of a service that settles events and answers a request", () => {
  let receiver: OtlpReceiver;
  let service: TestService;
  before(async () => {
    receiver = await startOtlpReceiver();
    service = await startService({
      prepare: ({ url }) => seedCases(url, plainCases(6)),
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20secret",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      },
    });
    const { mpc, queue } = service;
    const send = async (person: number, key: string, trace: string | null) => {
      mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
      const body = toNotification(handoverEvent(mpc.origin, nomsOf(person)), key);
      const notification = notificationSchema.parse(JSON.parse(body));
      const added = trace === null ? {} : { traceparent: { Type: "String", Value: trace } };
      const attributes = { ...notification.MessageAttributes, ...added };
      await queue.send(JSON.stringify({ ...notification, MessageAttributes: attributes }));
    };
    await send(0, "published", traceparent);
    await service.settled("published");
    await send(1, "unpublished", null);
    await service.settled("unpublished");
    await Promise.all([2, 3, 4, 5].map((person) => send(person, `together-${person}`, null)));
    await Promise.all([2, 3, 4, 5].map((person) => service.settled(`together-${person}`)));
    await fetch(`${service.address}/case-records/X100001`, { headers: { traceparent } });
    const authorization = `Bearer ${await askToken(service.auth, consumer)}`;
    await fetch(`${service.address}/case-records/X100001`, { headers: { traceparent: called, authorization } });
    await fetch(`${service.address}/ping`);
    // What is left is sent when the service stops.
    await service.stop();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const spanOf = (key: string) => {
    const found = receiver.spans.find(
      ({ name, attributes }) => name.startsWith("RECEIVE ") && attributes["messaging.message.id"] === key,
    );
    assert.ok(found, `no span of ${key}`);
    return found;
  };
  const partsOf = ({ spanId }: ReceivedSpan) => receiver.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  const deleteName = "delete manage-pom-cases-and-delius";

  it("is OTLP, comes with its key, and says whose it is", () => {
    assert.deepEqual(receiver.faults, []);
    assert.deepEqual([...new Set(receiver.keys)], ["a secret"]);
    for (const { "service.instance.id": instance, "service.version": version, ...rest } of receiver.resources) {
      assert.ok(typeof instance === "string" && typeof version === "string");
      assert.deepEqual(rest, { "deployment.environment.name": "test", "service.name": "manage-pom-cases-and-delius" });
    }
  });

  it("traces a message from its sender's span through look-up, call and transaction to its deletion", () => {
    const received = spanOf("published");
    const { traceId, parentSpanId, name, kind, status } = received;
    assert.deepEqual({ traceId, spanId: parentSpanId }, sender);
    assert.deepEqual([name, kind, status.code], [`RECEIVE ${type}`, 5, 0]);
    assert.equal(received.attributes["mpc_delius.outcome"], "KeyDateCreated");
    const parts = partsOf(received);
    assert.deepEqual(
      parts.map((part) => part.name).toSorted(),
      ["GET mpc handover", "POST auth token", deleteName, "look up", "settle"].toSorted(),
    );
    const settle = parts.find((part) => part.name === "settle");
    const statements = settle?.events.map((event) => event.name) ?? [];
    assert.ok(statements.includes("look") && statements.length >= 5, statements.join());
  });

  it("begins a trace for a message that brings none", () => {
    const { parentSpanId, traceId } = spanOf("unpublished");
    assert.equal(parentSpanId, undefined);
    assert.notEqual(traceId, sender.traceId);
  });

  it("names the trace in the journal and in the log", async () => {
    for (const key of ["published", "unpublished"]) {
      const { traceId } = spanOf(key);
      const [row] = await service.database.query("select trace_id from mpc_delius.journal where inbox_key = $1", [key]);
      const { fields } = await service.line("message settled", key);
      assert.deepEqual([row?.["trace_id"], fields["traceId"]], [traceId, traceId]);
    }
  });

  it("joins what messages share to the trace of each, by links that lead both ways", () => {
    for (const person of [2, 3, 4, 5]) {
      const received = spanOf(`together-${person}`);
      for (const name of ["settle", deleteName]) {
        const part = partsOf(received).find((one) => one.name === name);
        assert.ok(part, `no ${name} of ${person}`);
        const [link] = part.links;
        if (link === undefined) continue;
        const shared = receiver.spans.find(({ spanId }) => spanId === link.spanId);
        assert.ok(shared);
        assert.deepEqual([shared.traceId, shared.parentSpanId], [link.traceId, undefined]);
        assert.ok(shared.links.some(({ spanId }) => spanId === received.spanId));
      }
    }
  });

  it("names a request by its route, and no probe", () => {
    const servers = receiver.spans.filter(({ kind }) => kind === 2);
    assert.deepEqual(
      servers.map(({ name, traceId, attributes }) => [name, traceId, attributes["http.response.status_code"]]),
      [
        ["GET /case-records/:identifier", sender.traceId, 401],
        ["GET /case-records/:identifier", caller.traceId, 200],
      ],
    );
  });

  it("reports each outcome as a custom event, in the trace of its message", () => {
    const event = receiver.logs.find(({ attributes }) => attributes["inboxKey"] === "published");
    assert.ok(event);
    assert.deepEqual([event.eventName, event.traceId], ["KeyDateCreated", sender.traceId]);
    assert.equal(event.attributes["microsoft.custom_event.name"], "KeyDateCreated");
    assert.equal(event.attributes["eventType"], type);
  });

  it("traces a request, and the call for the keys that its token is checked by", () => {
    const request = receiver.spans.find(({ kind, traceId }) => kind === 2 && traceId === caller.traceId);
    assert.ok(request);
    assert.deepEqual([request.parentSpanId, request.status.code], [caller.spanId, 0]);
    const [keys, ...others] = receiver.spans.filter(({ name }) => name === "GET auth keys");
    assert.deepEqual(others, []);
    assert.deepEqual([keys?.kind, keys?.traceId, keys?.parentSpanId], [3, caller.traceId, request.spanId]);
    assert.equal(keys?.attributes["http.response.status_code"], 200);
  });

  it("has every span of an event and a request that its page lists, and no other", () => {
    const found = receiver.spans.map(({ name }) => findListed(name, telemetryNames.spans) ?? `not listed: ${name}`);
    const ofRunsAndAllocations = new Set(["RECONCILE", "keep findings", "GET mpc allocation"]);
    const wanted = telemetryNames.spans.filter((name) => !ofRunsAndAllocations.has(name));
    assert.deepEqual([...new Set(found)].toSorted(), wanted.toSorted());
  });

  it("measures under the names of the list alone", () => {
    const listed = new Set([...Object.values(metricList), ...runtimeMetrics].map(({ otlp }) => otlp));
    const names = new Set(receiver.metrics.map(({ name }) => name));
    assert.deepEqual(
      [...names].filter((name) => !listed.has(name)),
      [],
    );
    for (const name of ["mpc_delius.outcomes", "http.server.request.duration", "http.client.request.duration"]) {
      assert.ok(names.has(name), name);
    }
    for (const { otlp } of runtimeMetrics) assert.ok(names.has(otlp), otlp);
    const outcomes = receiver.metrics.findLast(({ name }) => name === "mpc_delius.outcomes")?.sum?.dataPoints[0];
    assert.deepEqual(
      [outcomes?.asDouble, outcomes?.attributes],
      [6, { "mpc_delius.event_type": type, "mpc_delius.outcome": "KeyDateCreated" }],
    );
  });

  it("identifies no one", async () => {
    assert.ok(receiver.texts.length > 0);
    await expectNothingPersonal(receiver.texts, service);
  });
});
