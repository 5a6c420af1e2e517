import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toOtlpMetrics } from "./otlp-metrics.ts";

describe("metrics as OTLP has them", () => {
  const period = { from: 1_700_000_000_000, to: 1_700_000_060_000 };
  const translate = (...values: number[]) =>
    toOtlpMetrics(
      [{ name: "nodejs_eventloop_lag_mean_seconds", values: values.map((value) => ({ labels: {}, value })) }],
      period,
    );

  it("hold a value for each that was read", () => {
    const [metric] = translate(0.25);
    assert.deepEqual(metric?.name, "nodejs.eventloop.delay.mean");
    assert.match(JSON.stringify(metric), /"asDouble":0.25/);
  });

  it("leave out what is not a number, as the mean of no delays: JSON has no word for it, and collectors refuse the whole", () => {
    assert.deepEqual(translate(Number.NaN), []);
    assert.doesNotMatch(JSON.stringify(translate(Number.NaN, 1)), /null/);
  });
});
