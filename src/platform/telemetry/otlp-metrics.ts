import { metricList, type MetricDefinition } from "../process/metric-list.ts";
import { runtimeMetrics } from "../process/runtime-metrics.ts";
import type { MetricSamples, Sample } from "../process/metrics.ts";
import { toKeyValues, toNanoseconds } from "./otlp-value.ts";

/** When counting began, and when it was read, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const definitions: ReadonlyMap<string, MetricDefinition> = new Map(
  [...Object.values(metricList), ...runtimeMetrics].map((definition) => [definition.name, definition]),
);
const cumulative = 2;

/** What is counted, as OTLP has it; what is on no list of ours is left out. */
export function toOtlpMetrics(all: readonly MetricSamples[], period: Period) {
  return all.flatMap(({ name, values: read }) => {
    const definition = definitions.get(name);
    // JSON has no word for what is not a number, as the mean delay of an instant, and a collector would refuse the whole.
    const values = read.filter(({ value }) => Number.isFinite(value));
    if (definition === undefined || values.length === 0) return [];
    const { otlp, unit, help: description } = definition;
    return [{ name: otlp, unit, description, ...toData(definition, values, period) }];
  });
}

function toData(definition: MetricDefinition, values: readonly Sample[], { from, to }: Period) {
  const times = { startTimeUnixNano: toNanoseconds(from), timeUnixNano: toNanoseconds(to) };
  const attributesOf = (labels: Sample["labels"]) => toKeyValues(nameLabels(definition, labels));
  if (definition.kind === "histogram") {
    const dataPoints = groupByLabels(values).map((samples) => ({
      attributes: attributesOf(samples[0]?.labels ?? {}),
      ...times,
      ...toBuckets(samples),
    }));
    return { histogram: { dataPoints, aggregationTemporality: cumulative } };
  }
  const dataPoints = values.map(({ labels, value }) => ({
    attributes: attributesOf(labels),
    ...times,
    asDouble: value,
  }));
  if (definition.kind === "gauge") return { gauge: { dataPoints } };
  return { sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true } };
}

function nameLabels({ labels: names, constants = {} }: MetricDefinition, labels: Sample["labels"]) {
  const named = Object.entries(names).flatMap(([label, attribute]) => {
    const value = labels[label];
    return value === undefined ? [] : [[attribute, value] as const];
  });
  return { ...constants, ...Object.fromEntries(named) };
}

function groupByLabels(values: readonly Sample[]): readonly (readonly Sample[])[] {
  const keyOf = ({ labels }: Sample) => Object.entries(labels).filter(([label]) => label !== "le");
  return [...Map.groupBy(values, (value) => JSON.stringify(keyOf(value))).values()];
}

/** Prometheus counts what is at most so large, OTLP what lies between two bounds. */
function toBuckets(samples: readonly Sample[]) {
  const find = (end: string) => samples.find(({ metricName = "" }) => metricName.endsWith(end))?.value ?? 0;
  const buckets = samples.filter(({ metricName = "" }) => metricName.endsWith("_bucket"));
  return {
    count: String(find("_count")),
    sum: find("_sum"),
    bucketCounts: buckets.map(({ value }, index) => String(value - (buckets[index - 1]?.value ?? 0))),
    explicitBounds: buckets.flatMap(({ labels: { le } }) => (le === "+Inf" ? [] : Number(le))),
  };
}
