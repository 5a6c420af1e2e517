import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { findFaults } from "../support/kubernetes-faults.ts";
import { environments, readPod, readVariables, readYaml } from "../support/manifests.ts";
import { findResource, renderChart } from "../support/rendering.ts";

// Needs helm: deploy/check runs it where that is.

const queueUrl = "https://sqs.eu-west-2.amazonaws.com/1/a-queue";
const scaled = ["scaling.enabled=true", `scaling.queueUrl=${queueUrl}`];

describe("the chart", () => {
  for (const environment of environments) {
    it(`is fit: ${environment}`, () => {
      const resources = renderChart(environment, scaled);
      for (const one of resources) assert.deepEqual(findFaults(one), [], one.kind);
      const kinds = ["CronJob", "Job", "NetworkPolicy", "PrometheusRule", "ScaledObject", "TriggerAuthentication"];
      assert.deepEqual(resources.map(({ kind }) => kind).toSorted(), kinds);
    });

    it(`gives the nightly reconciliation what the manifests give it: ${environment}`, () => {
      const { spec } = findResource(renderChart(environment, []), "CronJob");
      const [{ args, env }] = cronJobSchema.parse(spec).jobTemplate.spec.template.spec.containers;
      assert.deepEqual(args, readPod("reconciliation.yaml").spec.containers[0].args);
      assert.deepEqual(Object.fromEntries(env), readVariables("reconciliation.yaml", environment));
    });
  }

  it("scales as the manifests do, and only where it is told to", () => {
    assert.ok(!renderChart("dev", []).some(({ kind }) => kind === "ScaledObject"));
    const ours = JSON.stringify(findResource(renderChart("dev", scaled), "ScaledObject").spec);
    const [theirs] = readYaml("kubernetes/scaling/scaled-object.yaml");
    const placeholder = "https://sqs.eu-west-2.amazonaws.com/000000000000/manage-pom-cases-and-delius";
    const wanted = JSON.stringify(z.looseObject({ spec: z.unknown() }).parse(theirs).spec)
      .replace(placeholder, queueUrl)
      .replace('"dimensionValue":"manage-pom-cases-and-delius"', '"dimensionValue":"a-queue"');
    assert.deepEqual(JSON.parse(ours), JSON.parse(wanted));
    assert.throws(() => renderChart("dev", ["scaling.enabled=true"]), /set the address of the queue/);
  });

  it("lets the pods out where the manifests do", () => {
    const [policy] = readYaml("kubernetes/base/network-policy.yaml");
    const { egress } = z.looseObject({ spec: z.looseObject({ egress: z.unknown() }) }).parse(policy).spec;
    assert.deepEqual(findResource(renderChart("prod", []), "NetworkPolicy").spec?.["egress"], egress);
  });

  it("has all alert rules, of its own namespace's metrics, routed as the house routes them", () => {
    const rules = rulesOf(findResource(renderChart("prod", []), "PrometheusRule").spec);
    const own = rulesOf(readYaml("monitoring/alerts.yaml")[0]);
    assert.equal(rules.length, own.length);
    for (const [index, { alert, expr, labels }] of rules.entries()) {
      const { severity, ...rest } = labels;
      assert.deepEqual(
        [severity, rest],
        ["manage-pom-cases-and-delius-prod", { urgency: own[index]?.labels["severity"] }],
      );
      const metrics = expr.match(/\b(mpc_delius|http_server)_[a-z_]+/g) ?? [];
      const ofNamespace = expr.match(/_[a-z]+\{namespace="ours-prod"[,}]/g) ?? [];
      assert.ok(metrics.length > 0, alert);
      assert.equal(ofNamespace.length, metrics.length, expr);
      assert.equal(
        plain(expr.replaceAll(/\{namespace="ours-prod"\}/g, "").replaceAll('namespace="ours-prod",', "")),
        plain(own[index]?.expr),
      );
    }
  });
});

const cronJobSchema = z.looseObject({
  jobTemplate: z.looseObject({
    spec: z.looseObject({
      template: z.looseObject({
        spec: z.looseObject({
          containers: z.tuple([
            z.looseObject({
              args: z.array(z.string()),
              env: z.array(
                z.union([
                  z
                    .strictObject({ name: z.string(), value: z.string() })
                    .transform(({ name, value }) => [name, { value }] as const),
                  z
                    .strictObject({
                      name: z.string(),
                      valueFrom: z.strictObject({
                        secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }),
                      }),
                    })
                    .transform(
                      ({
                        name,
                        valueFrom: {
                          secretKeyRef: { name: secret, key },
                        },
                      }) => [name, { secret, key }] as const,
                    ),
                ]),
              ),
            }),
          ]),
        }),
      }),
    }),
  }),
});

const rulesSchema = z.looseObject({
  groups: z.array(
    z.looseObject({
      rules: z.array(z.looseObject({ alert: z.string(), expr: z.string(), labels: z.record(z.string(), z.string()) })),
    }),
  ),
});

const rulesOf = (spec: unknown) => rulesSchema.parse(spec).groups.flatMap(({ rules }) => rules);
const plain = (expression = "") => expression.replaceAll(/\s+/g, " ");
