import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { metricList, type MetricDefinition, type MetricName } from "./metric-list.ts";

type OfKind<Kind extends MetricDefinition["kind"]> = {
  [Name in MetricName]: (typeof metricList)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

/** A value for each label of a metric. */
type Labels<Name extends MetricName> = {
  readonly [Label in keyof (typeof metricList)[Name]["labels"]]: string | number;
};

/** What a gauge shows for one combination of its labels. */
export interface Reading<Name extends MetricName> {
  readonly labels: Labels<Name>;
  readonly value: number;
}

/** What the service counts of itself; {@link metricList} describes each metric. */
export interface Metrics {
  /** Counts one more. */
  count<Name extends OfKind<"counter">>(name: Name, labels: Labels<Name>): void;
  /** Adds a measurement. */
  observe<Name extends OfKind<"histogram">>(name: Name, labels: Labels<Name>, value: number): void;
  /** Says what a gauge shows: it is asked whenever the metrics are read. */
  watch<Name extends OfKind<"gauge">>(name: Name, read: () => readonly Reading<Name>[]): void;
  /** The whole of it as text, and the text's type. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
  /** The same as data, under the names of the text. */
  readSamples(): Promise<readonly MetricSamples[]>;
}

/** A metric's present values. */
export interface MetricSamples {
  readonly name: string;
  readonly values: readonly Sample[];
}

/** One value; those of a histogram have names of their own: `…_bucket` with the label `le`, `…_sum` and `…_count`. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly value: number;
}

/** Counters, timings and gauges of this process. Each call makes a registry of its own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  const readers = new Map<MetricName, () => readonly Reading<MetricName>[]>();
  for (const name of listNames()) {
    const definition: MetricDefinition = metricList[name];
    const settings = { ...settingsOf(definition), registers: [registry] };
    if (definition.kind === "counter") counters.set(name, new Counter(settings));
    else if (definition.kind === "histogram") histograms.set(name, new Histogram(settings));
    else openGauge(settings, () => readers.get(name)?.() ?? []);
  }
  return {
    count: (name, labels) => counters.get(name)?.inc(labels),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    watch: (name, read) => void readers.set(name, read),
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    readSamples: () => registry.getMetricsAsJSON(),
  };
}

function listNames(): readonly MetricName[] {
  const isName = (name: string): name is MetricName => name in metricList;
  return Object.keys(metricList).filter(isName);
}

function settingsOf({ name, help, labels, buckets }: MetricDefinition) {
  return { name, help, labelNames: Object.keys(labels), ...(buckets === undefined ? {} : { buckets: [...buckets] }) };
}

/** What is no longer there is no longer shown: labels come and go. */
function openGauge(
  settings: ReturnType<typeof settingsOf> & { readonly registers: Registry[] },
  read: () => readonly Reading<MetricName>[],
): Gauge {
  return new Gauge({
    ...settings,
    collect() {
      if (settings.labelNames.length > 0) this.reset();
      else this.remove();
      read().forEach(({ labels, value }) => this.set(labels, value));
    },
  });
}
