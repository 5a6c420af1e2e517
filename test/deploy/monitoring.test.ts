import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { metricList } from "../../src/platform/process/metric-list.ts";
import { lastingClasses } from "../../src/operations/reconciliation/drift.ts";
import { waitingTooLongDays } from "../../src/operations/waiting/waiting-schema.ts";
import { readDeployed, readYaml } from "../support/manifests.ts";

const alertsSchema = z.object({
  groups: z.tuple([
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.url() }),
        }),
      ),
    }),
  ]),
});
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});

const own = Object.values(metricList).map(({ name, kind }) => ({ name, kind }));
const suffixes = { counter: [""], gauge: [""], histogram: ["_bucket", "_count", "_sum"] } as const;
const known = new Set([
  "process_resident_memory_bytes",
  ...own.flatMap(({ name, kind }) => suffixes[kind].map((suffix) => name + suffix)),
]);
const labelsOf: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(metricList).map(({ name, labels }) => [name, Object.keys(labels)] as const),
);

/** Names with an underscore that are neither called nor a label: metrics. */
function listMetrics(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"|\{[^}]*\}|\b(by|without|on) \([^)]*\)|\[[^\]]*\]/g, " ");
  return [...bare.matchAll(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!\s*\()/g)].map(([name]) => name);
}

function findFaults(expression: string): readonly string[] {
  const metrics = listMetrics(expression);
  const selected = [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, metric = "", selectors = ""]) =>
    [...selectors.matchAll(/(\w+)\s*[=!]/g)].map(([, label = ""]) => [metric, label] as const),
  );
  const labels = metrics.flatMap((metric) => labelsOf.get(metric.replace(/_(bucket|count|sum)$/, "")) ?? []);
  return [
    ...(metrics.length === 0 ? ["no metric at all"] : []),
    ...metrics.filter((metric) => !known.has(metric)),
    ...selected.filter(([, label]) => !labels.includes(label)).map(([metric, label]) => `${metric} has no ${label}`),
  ];
}

describe("the alerts", () => {
  const [{ rules }] = alertsSchema.parse(readYaml("monitoring/alerts.yaml")[0]).groups;

  it("ask for metrics and labels that there are", () => {
    assert.deepEqual(
      rules.map(({ alert, expr }) => [alert, findFaults(expr)]).filter(([, faults]) => faults?.length),
      [],
    );
  });

  it("call drift, and a wait too long, what the console calls so", () => {
    const find = (name: string) => rules.find(({ alert }) => alert === name)?.expr ?? "";
    assert.ok(find("WaitingTooLong").includes(`> ${waitingTooLongDays} * 86400`));
    assert.ok(find("Drift").includes(`class!~"${lastingClasses.join("|")}"`));
  });

  it("have each a section in the runbook", () => {
    const headings = [...readDeployed("../docs/runbook.md").matchAll(/^## (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    const missing = rules.filter(
      ({ annotations }) => !headings.includes(new URL(annotations.runbook_url).hash.slice(1)),
    );
    assert.deepEqual(
      missing.map(({ alert }) => alert),
      [],
    );
  });

  it("are each tried by a test of promtool", () => {
    const tests = readDeployed("monitoring/alerts.test.yaml");
    assert.deepEqual(
      rules.map(({ alert }) => alert).filter((alert) => !tests.includes(alert)),
      [],
    );
  });

  it("would be found to name a metric or label that there is not", () => {
    assert.deepEqual(findFaults("sum(rate(mpc_delius_outcome_total[5m])) > 0"), ["mpc_delius_outcome_total"]);
    assert.deepEqual(findFaults('mpc_delius_queue_messages{kind="dead"}'), ["mpc_delius_queue_messages has no kind"]);
    assert.deepEqual(findFaults("vector(1)"), ["no metric at all"]);
  });
});

describe("the dashboard", () => {
  it("shows metrics that there are", () => {
    const { panels } = dashboardSchema.parse(JSON.parse(readDeployed("monitoring/dashboard.json")));
    assert.ok(panels.length > 10);
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    assert.deepEqual(queries.flatMap(findFaults), []);
  });
});
