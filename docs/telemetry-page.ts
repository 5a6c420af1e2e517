import { metricList, type MetricDefinition } from "../src/platform/process/metric-list.ts";
import { runtimeMetrics } from "../src/platform/process/runtime-metrics.ts";

const heading = `# Telemetry

The service can be observed in three ways: \`/metrics\` for Prometheus, one JSON line an event on standard output, and, where
\`OTEL_EXPORTER_OTLP_ENDPOINT\` names an OpenTelemetry collector, traces, metrics and custom events by OTLP (HTTP, JSON). Without that
variable nothing of it is loaded. What the collector does not take is dropped: the service never waits for it. Nothing here
is personal data: no name, NOMS number, CRN or address of a case.

This page is generated from the code: \`npm run docs\` writes it, and \`npm run check\` fails when it is out of step.

## Traces

A message goes on with the trace of its publisher: the W3C \`traceparent\` of the SNS attributes, or else of the SQS attributes. One that
brings none begins a trace. The trace id is that of the journal, the log and the explanation of a case.

| Span | Kind | Is |
| --- | --- | --- |
| \`RECEIVE {eventType}\` | consumer | one attempt at a message; a failed one says by \`error.type\` what failed |
| \`look up\` | client | the look-up of a message or a case; they share the statement, each has its span |
| \`GET mpc handover\`, \`GET mpc allocation\` | client | a call of Manage POM Cases, which receives the trace |
| \`POST auth token\`, \`GET auth keys\` | client | a call of HMPPS Auth |
| \`settle\` | client | the transaction, with each statement as an event |
| \`delete {queue}\` | client | the deletion from the queue |
| \`RECONCILE\` | internal | a reconciliation, as far as one process carries it out: an instance of the service, or \`npm run reconcile\` |
| \`keep findings\` | client | a transaction that keeps what a reconciliation found, with each statement as an event |
| \`{method} {route}\` | server | a request of the API; probes are left out |

Messages that are ready at the same moment share a transaction and a deletion. Such a span has a trace of its own with links to
each message's, and each message's trace has a span of that name and duration with a link to the shared one, which holds the statements.

A reconciliation begins a trace, with a span for each look-up and each call. \`RECONCILE\` says by \`mpc_delius.reconciliation.run\` which
run it is and, once it has finished, by \`mpc_delius.reconciliation.compared\` and \`.differences\` how many cases it compared and how many
differences it found. Where another instance goes on with a run, each has its trace. \`npm run reconcile\`
sends its trace and events, and no metrics: the service shows what the last run found. Its span says which run it is once that has finished; a repair that follows it is not a part of it.

\`OTEL_TRACES_SAMPLER=parentbased_traceidratio\` with \`OTEL_TRACES_SAMPLER_ARG=0.05\` keeps one trace in twenty of those that begin here. What
the publisher decided about its trace is kept.

## Custom events

Each outcome of a message is a log record named by the outcome, as \`KeyDateCreated\`, with \`eventType\`, \`inboxKey\` and
\`receives\`. It has the attribute \`microsoft.custom_event.name\`, by which Azure Monitor makes a custom event of it ([deploying.md](deploying.md#application-insights)): query them in
\`customEvents\`. The details of a decision are in the journal, under the inbox key: they are personal data and are not sent.

A reconciliation reports two more, in its trace. The number of a difference leads to its case in the API and the console.

| Event | Properties |
| --- | --- |
| \`DriftFound\` | \`run\`, \`difference\`, \`class\`, \`fact\` (absent where the case could not be read), \`outcome\` |
| \`ReconciliationFinished\` | \`run\`, \`cases\`, \`seconds\`, \`calls\` of Manage POM Cases (where a command counted them), and \`differences.{class}\` for each class that it found |

## Metrics

Both outputs read the same counts. Where the OpenTelemetry conventions have a name, OTLP uses it. What is counted in the database and the
queue (quarantine, waiting, reconciliation, queue) is the same in every instance: take \`max\`, not \`sum\`.

| On \`/metrics\` | By OTLP | Kind | Unit | Labels, and their attributes by OTLP | Is |
| --- | --- | --- | --- | --- | --- |
`;

/** The page of all telemetry, as Markdown. */
export function writeTelemetryPage(): string {
  const rows = [...Object.values(metricList), ...runtimeMetrics].map(writeRow);
  return heading + rows.join("");
}

function writeRow({ name, otlp, kind, unit, labels, help }: MetricDefinition): string {
  const named = Object.entries(labels).map(([label, attribute]) => `\`${label}\` (\`${attribute}\`)`);
  const cells = [`\`${name}\``, `\`${otlp}\``, kind, `\`${unit}\``, named.join(", ") || "none", help];
  return `| ${cells.join(" | ")} |\n`;
}
