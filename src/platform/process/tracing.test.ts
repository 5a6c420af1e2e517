import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noTracing, traceTogether, type Span, type SpanStart, type Tracing } from "./tracing.ts";

const contextOf = (spanId: string) => ({ traceId: `trace of ${spanId}`, spanId, isSampled: true });

function keepSpans() {
  const spans: (SpanStart & { readonly id: string; failed: boolean; ended: boolean })[] = [];
  const begin = (start: SpanStart): Span => {
    const kept = { ...start, id: `span ${spans.length}`, failed: false, ended: false };
    spans.push(kept);
    return {
      ...noTracing.current(),
      context: contextOf(kept.id),
      fail: () => {
        kept.failed = true;
      },
      end: () => {
        kept.ended = true;
      },
    };
  };
  const tracing: Tracing = {
    ...noTracing,
    begin,
    trace: async (start, work) => {
      const span = begin(start);
      return work(span).finally(() => span.end());
    },
  };
  return { spans, tracing };
}

describe("work that several traces share", () => {
  const [a, b] = [contextOf("a"), contextOf("b")];
  const start = { name: "settle", kind: "client" } as const;

  it("is a part of the trace where it is one alone", async () => {
    const { spans, tracing } = keepSpans();
    assert.equal(await traceTogether(tracing, { ...start, links: [a] }, async () => 7), 7);
    assert.deepEqual(spans, [{ ...start, parent: a, id: "span 0", failed: false, ended: true }]);
  });

  it("has a trace of its own where they are more, and a span in each that links lead to and from", async () => {
    const { spans, tracing } = keepSpans();
    await traceTogether(tracing, { ...start, links: [a, b] }, async () => undefined);
    const part = { ...start, links: [contextOf("span 0")], failed: false, ended: true };
    assert.deepEqual(spans, [
      { ...start, links: [a, b], parent: null, id: "span 0", failed: false, ended: true },
      { ...part, parent: a, id: "span 1" },
      { ...part, parent: b, id: "span 2" },
    ]);
  });

  it("has failed in each of them when it fails", async () => {
    const { spans, tracing } = keepSpans();
    const work = () => Promise.reject(new Error("locked"));
    await assert.rejects(traceTogether(tracing, { ...start, links: [a, b] }, work), /locked/);
    assert.deepEqual(
      spans.map(({ failed, ended }) => [failed, ended]),
      [
        [false, true],
        [true, true],
        [true, true],
      ],
    );
  });
});
