import { readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { z } from "zod";

const rules = new URL("../deploy/monitoring/alerts.yaml", import.meta.url);
const name = "manage-pom-cases-and-delius";

/** The alert rules where the chart can read them: it sees its own folder alone. */
export async function writeChartRules(): Promise<string> {
  return `# Generated from deploy/monitoring/alerts.yaml: \`npm run docs\` writes it.\n${await readFile(rules, "utf8")}`;
}

/** The alert rules as the Prometheus operator takes them. */
export async function writePrometheusRule(): Promise<string> {
  const { groups } = z.object({ groups: z.array(z.unknown()) }).parse(parse(await readFile(rules, "utf8")));
  const resource = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name },
    spec: { groups },
  };
  return `# Generated from deploy/monitoring/alerts.yaml: \`npm run docs\` writes it.\n${stringify(resource)}`;
}

/** A panel: its title, unit and one query for each line. */
interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: Readonly<Record<string, string>>;
}

const quantile = (share: number, metric: string) =>
  `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket[$__rate_interval])))`;

const panels: readonly Panel[] = [
  {
    title: "Messages settled, by outcome",
    unit: "cps",
    queries: { "{{outcome}}": "sum by (outcome) (rate(mpc_delius_outcomes_total[$__rate_interval]))" },
  },
  {
    title: "Age of the oldest message",
    unit: "s",
    queries: { oldest: "max(mpc_delius_oldest_message_age_seconds)" },
  },
  {
    title: "Messages in the queue",
    unit: "short",
    queries: { "{{state}}": "max by (state) (mpc_delius_queue_messages)" },
  },
  {
    title: "From event to commit",
    unit: "s",
    queries: {
      "half of them": quantile(0.5, "mpc_delius_event_to_commit_seconds"),
      "99 %": quantile(0.99, "mpc_delius_event_to_commit_seconds"),
    },
  },
  {
    title: "In quarantine, by reason",
    unit: "short",
    queries: { "{{reason}}": "max by (reason) (mpc_delius_quarantined_messages)" },
  },
  {
    title: "Cases that wait",
    unit: "short",
    queries: { "{{waits_for}}": "sum by (waits_for) (max by (waits_for, outcome) (mpc_delius_waiting_cases))" },
  },
  {
    title: "Failed attempts, by dependency",
    unit: "cps",
    queries: { "{{dependency}}": "sum by (dependency) (rate(mpc_delius_failed_attempts_total[$__rate_interval]))" },
  },
  {
    title: "Intake: 1 on trial, 2 open; paused",
    unit: "short",
    queries: {
      "{{dependency}}": "max by (dependency) (mpc_delius_circuit_state)",
      paused: "max(mpc_delius_intake_paused)",
    },
  },
  {
    title: "Requests, by status",
    unit: "reqps",
    queries: { "{{status}}": "sum by (status) (rate(http_server_request_duration_seconds_count[$__rate_interval]))" },
  },
  {
    title: "Time of a request",
    unit: "s",
    queries: { "99 %": quantile(0.99, "http_server_request_duration_seconds") },
  },
  {
    title: "Drift at the last reconciliation",
    unit: "short",
    queries: { "{{class}}": "max by (class) (mpc_delius_reconciliation_drift)" },
  },
  {
    title: "Hours since the last reconciliation",
    unit: "h",
    queries: { hours: "(time() - max(mpc_delius_reconciliation_finished_timestamp_seconds)) / 3600" },
  },
  {
    title: "Connections to the database",
    unit: "short",
    queries: { "{{pool}} {{state}}": "sum by (pool, state) (db_client_connection_count)" },
  },
  {
    title: "Memory of each instance",
    unit: "bytes",
    queries: { "{{pod}}": "process_resident_memory_bytes" },
  },
];

const size = { width: 12, height: 7 };

/** The dashboard, as Grafana imports it. */
export function writeDashboard(): string {
  const dashboard = {
    title: name,
    uid: name,
    schemaVersion: 39,
    refresh: "1m",
    time: { from: "now-24h", to: "now" },
    templating: { list: [{ name: "source", type: "datasource", query: "prometheus" }] },
    panels: panels.map(({ title, unit, queries }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      datasource: { type: "prometheus", uid: "${source}" },
      gridPos: { x: (index % 2) * size.width, y: Math.floor(index / 2) * size.height, w: size.width, h: size.height },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: Object.entries(queries).map(([legendFormat, expr], place) => ({
        refId: String.fromCodePoint(65 + place),
        expr,
        legendFormat,
      })),
    })),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
