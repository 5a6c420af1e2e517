import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { generatedPrisoners, listKnownDrift } from "../../sandbox/seed/drifted-cases.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { insertOrderedRun } from "../../src/operations/reconciliation/run-order-store.ts";
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from "../support/otlp-receiver.ts";
import { expectNothingPersonal } from "../support/personal-data.ts";
import { startService, type TestService } from "../support/service.ts";
import { findListed, telemetryNames } from "../support/telemetry-names.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const generation = { cases: 100, drift: 10, seed: 1 };

async function orderRun(database: TestDatabase): Promise<void> {
  await using store = openStore(database);
  await store.transaction(async (tx) => {
    const value = await insertOrderedRun(tx, { orderedBy: "A_PERSON", selection: { all: true } });
    return { commit: true, value };
  }, neverAborted());
}

describe("telemetry of a service that carries out a reconciliation", () => {
  let database: TestDatabase;
  let receiver: OtlpReceiver;
  let service: TestService;
  let finished: Readonly<Record<string, unknown>>;
  before(async () => {
    database = await createTestDatabase("template1");
    receiver = await startOtlpReceiver();
    await seedDatabase({ url: database.url, ...generation });
    await orderRun(database);
    service = await startService({
      database,
      prisoners: [...describeFirstPrisoners(), ...generatedPrisoners(generation)],
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    });
    finished = (await service.line("reconciliation finished")).fields;
    // What is left is sent when the service stops.
    await service.stop();
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const runSpan = (): ReceivedSpan => {
    const [span, ...others] = receiver.spans.filter(({ name }) => name === "RECONCILE");
    assert.ok(span);
    assert.deepEqual(others, []);
    return span;
  };
  const partsOf = (wanted: string) => receiver.spans.filter(({ name }) => name === wanted);
  const eventsOf = (wanted: string) => receiver.logs.filter(({ eventName }) => eventName === wanted);

  it("is OTLP", () => assert.deepEqual(receiver.faults, []));

  it("has a trace for the run, which says how many cases it compared and how many differences it found", () => {
    const { parentSpanId, kind, status, attributes } = runSpan();
    assert.deepEqual([parentSpanId, kind, status.code], [undefined, 1, 0]);
    assert.deepEqual(attributes, {
      "mpc_delius.reconciliation.run": finished["run"],
      "mpc_delius.reconciliation.compared": finished["cases"],
      "mpc_delius.reconciliation.differences": eventsOf("DriftFound").length,
    });
    assert.ok(eventsOf("DriftFound").length >= listKnownDrift(generation).length);
  });

  it("traces each call and each look-up of the run as a part of it", () => {
    const { traceId, spanId } = runSpan();
    const compared = Number(finished["cases"]);
    for (const name of ["GET mpc handover", "GET mpc allocation", "look up"]) {
      const parts = partsOf(name);
      assert.ok(parts.length >= compared, `${parts.length} of ${name}`);
      for (const part of parts) assert.deepEqual([part.traceId, part.parentSpanId], [traceId, spanId]);
    }
  });

  it("names the statements of each transaction of the run", () => {
    const { spanId } = runSpan();
    const kept = partsOf("keep findings");
    assert.ok(kept.length >= 2);
    for (const { parentSpanId, events } of kept) {
      assert.equal(parentSpanId, spanId);
      assert.ok(events.length > 0);
    }
    const statements = new Set(kept.flatMap(({ events }) => events.map(({ name }) => name)));
    assert.ok(statements.has("finish-reconciliation-run"), [...statements].join());
  });

  it("reports each difference, and the run, as custom events in its trace", () => {
    const { traceId, spanId } = runSpan();
    for (const event of receiver.logs) assert.deepEqual([event.traceId, event.spanId], [traceId, spanId]);
    const [end, ...others] = eventsOf("ReconciliationFinished");
    assert.deepEqual(others, []);
    const counts = Object.entries(end?.attributes ?? {}).filter(([name]) => name.startsWith("differences."));
    assert.equal(
      counts.reduce((sum, [, count]) => sum + Number(count), 0),
      eventsOf("DriftFound").length,
    );
  });

  it("names spans, events and metrics as its page does", () => {
    for (const [names, listed] of [
      [receiver.spans.map(({ name }) => name), telemetryNames.spans],
      [receiver.logs.map(({ eventName }) => eventName), telemetryNames.events],
      [receiver.metrics.map(({ name }) => name), telemetryNames.metrics],
    ] as const) {
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter((name) => findListed(name, listed) === undefined),
        [],
      );
    }
  });

  it("identifies no one", async () => {
    const kinds = ["resourceSpans", "resourceLogs", "resourceMetrics"];
    for (const kind of kinds)
      assert.ok(
        receiver.texts.some((text) => text.includes(kind)),
        kind,
      );
    await expectNothingPersonal(receiver.texts, service);
  });
});
