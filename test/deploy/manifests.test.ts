import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { countConnections } from "../../src/app/app.ts";
import { readConfig } from "../../src/app/config.ts";
import { longestStopMs } from "../../src/commands/serve-command.ts";
import { findFaults } from "../support/kubernetes-faults.ts";
import {
  deployFolder,
  environments,
  fillSecrets,
  readDeployed,
  readPod,
  readVariables,
  readYaml,
  secretTexts,
  workloadFiles,
} from "../support/manifests.ts";

describe("the Kubernetes manifests", () => {
  for (const file of globSync("kubernetes/*/*.yaml", { cwd: deployFolder }).filter(
    (one) => !one.endsWith("kustomization.yaml"),
  )) {
    it(`fit the schemas of their kinds: ${path.basename(file)}`, () => {
      for (const document of readYaml(file)) assert.deepEqual(findFaults(document), []);
    });
  }

  it("are not taken for fit when a word is misspelt or a value of the wrong type", () => {
    const [deployment] = readYaml("kubernetes/base/deployment.yaml");
    const text = JSON.stringify(deployment);
    const change = (from: string, to: string) => findFaults(JSON.parse(text.replace(from, to)));
    assert.deepEqual(change('"readinessProbe"', '"readynessProbe"'), [
      "/spec/template/spec/containers/0 must NOT have additional properties",
    ]);
    assert.notDeepEqual(change('"replicas":2', '"replicas":"two"'), []);
    const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { PORT: "8080" } };
    assert.deepEqual(findFaults(settings), []);
    assert.notDeepEqual(findFaults({ ...settings, data: { PORT: 8080 } }), []);
    const [scaled] = readYaml("kubernetes/scaling/scaled-object.yaml");
    assert.notDeepEqual(findFaults(JSON.parse(JSON.stringify(scaled).replace("maxReplicaCount", "maxReplicas"))), []);
  });

  it("are all named by their kustomizations, and nothing else is", () => {
    for (const folder of ["base", "scaling"]) {
      const { resources } = z
        .object({ resources: z.array(z.string()) })
        .parse(readYaml(`kubernetes/${folder}/kustomization.yaml`)[0]);
      const files = globSync("*.yaml", { cwd: path.join(deployFolder, "kubernetes", folder) });
      assert.deepEqual(resources.toSorted(), files.filter((file) => file !== "kustomization.yaml").toSorted());
    }
  });

  it("scale where an environment takes away the sign before a line, which leaves the deployment fit", () => {
    const [component] = readYaml("kubernetes/scaling/kustomization.yaml");
    const { kind, patches } = z
      .looseObject({ kind: z.string(), patches: z.tuple([z.object({ target: z.unknown(), patch: z.string() })]) })
      .parse(component);
    assert.equal(kind, "Component");
    for (const environment of environments) {
      const lines = readDeployed(`kubernetes/${environment}/kustomization.yaml`).replace(/^# (components: )/m, "$1");
      assert.deepEqual(z.looseObject({ components: z.unknown() }).parse(parse(lines)).components, ["../scaling"]);
    }
    const [{ target, patch }] = patches;
    assert.deepEqual(target, { kind: "Deployment", name: "manage-pom-cases-and-delius" });
    assert.deepEqual(parse(patch), [{ op: "remove", path: "/spec/replicas" }]);
    const [deployment] = readYaml("kubernetes/base/deployment.yaml");
    const { spec, ...rest } = z.looseObject({ spec: z.looseObject({ replicas: z.int() }) }).parse(deployment);
    const { replicas: _, ...scaled } = spec;
    assert.deepEqual(findFaults({ ...rest, spec: scaled }), []);
  });

  it("run every pod as a numbered user without rights, on read-only files, within limits", () => {
    for (const file of workloadFiles) {
      const { spec } = readPod(file);
      assert.partialDeepStrictEqual(spec, {
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 2000, seccompProfile: { type: "RuntimeDefault" } },
      });
      const [{ resources, securityContext }] = spec.containers;
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      assert.partialDeepStrictEqual(Object.keys(z.looseObject({}).parse(resources)), ["requests", "limits"]);
    }
  });

  it("start commands that there are", () => {
    const known = readFileSync(path.join(deployFolder, "../src/commands/cli.ts"), "utf8");
    for (const file of workloadFiles) {
      const [{ args }] = readPod(file).spec.containers;
      assert.match(known, new RegExp(`^  ${args.join(" ")}: async`, "m"));
    }
  });
});

const probeSchema = z.looseObject({ httpGet: z.object({ path: z.string() }) });
const serviceSchema = z.looseObject({
  startupProbe: probeSchema,
  readinessProbe: probeSchema,
  livenessProbe: probeSchema,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.int() }) }) }),
  resources: z.unknown(),
});

describe("the deployment", () => {
  const { spec } = readPod("deployment.yaml");
  const container = serviceSchema.parse(spec.containers[0]);
  const values = z
    .looseObject({
      "generic-service": z.looseObject({ ...serviceSchema.shape, strategy: z.unknown(), replicaCount: z.int() }),
    })
    .parse(readYaml("helm/values.yaml")[0])["generic-service"];

  it("asks for its state where the API answers it", () => {
    const { paths } = z
      .object({ paths: z.record(z.string(), z.unknown()) })
      .parse(parse(readDeployed("../docs/openapi.yaml")));
    for (const one of [container, values]) {
      const asked = [one.startupProbe, one.readinessProbe, one.livenessProbe].map(({ httpGet }) => httpGet.path);
      assert.deepEqual(asked, ["/health/ping", "/health/readiness", "/health/liveness"]);
      assert.deepEqual(
        asked.filter((url) => !(url in paths)),
        [],
      );
    }
  });

  it("leaves the service the time that it takes to stop", () => {
    const grace = z.int().parse(spec["terminationGracePeriodSeconds"]);
    const chartGrace = 30;
    for (const [one, seconds] of [
      [container, grace],
      [values, chartGrace],
    ] as const) {
      assert.ok(one.lifecycle.preStop.sleep.seconds + longestStopMs / 1000 < seconds);
    }
  });

  it("is the same by the chart as by the manifests", () => {
    const { startupProbe, readinessProbe, livenessProbe, lifecycle, resources } = container;
    assert.partialDeepStrictEqual(values, { startupProbe, readinessProbe, livenessProbe, lifecycle, resources });
    const manifest = z
      .looseObject({ spec: z.looseObject({ replicas: z.int().min(2), strategy: z.unknown() }) })
      .parse(readYaml("kubernetes/base/deployment.yaml")[0]).spec;
    assert.deepEqual([values.replicaCount, values.strategy], [manifest.replicas, manifest.strategy]);
  });

  it("never opens more connections than the database is asked for", () => {
    const [scaled] = readYaml("kubernetes/scaling/scaled-object.yaml");
    const { metadata, spec: scaling } = z
      .looseObject({
        metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
        spec: z.looseObject({ maxReplicaCount: z.int() }),
      })
      .parse(scaled);
    const granted = Number(metadata.annotations["manage-pom-cases-and-delius/database-connections"]);
    const surge = 1;
    const jobs = 6;
    const each = countConnections(readConfig(fillSecrets(readVariables("deployment.yaml", "prod"), secretTexts)));
    const most = (scaling.maxReplicaCount + surge) * each + jobs;
    assert.ok(most <= granted, `${most} connections, ${granted} are granted`);
  });
});

describe("the queue as code", () => {
  const terraform = readDeployed("queue/main.tf.json");

  it("lets the service do what its code does, and no more", () => {
    const code = globSync("src/platform/queue/*.ts", { cwd: path.join(deployFolder, "..") }).map((file) =>
      readFileSync(path.join(deployFolder, "..", file), "utf8"),
    );
    const called = code.flatMap((text) =>
      [...text.matchAll(/new (\w+?)(Batch)?Command\(/g)].map(([, name]) => `sqs:${name}`),
    );
    const allowed = [...terraform.matchAll(/\\"(sqs:\w+)\\"/g)].map(([, action]) => String(action));
    const ofTopic = "sqs:SendMessage";
    assert.deepEqual([...new Set(allowed)].toSorted(), [...new Set(called)].toSorted());
    assert.ok(allowed.filter((action) => action === ofTopic).length === 2);
  });

  it("keeps messages as the service expects it", () => {
    const attributes = z.looseObject({
      resource: z.looseObject({
        aws_sqs_queue: z.record(z.string(), z.looseObject({ message_retention_seconds: z.int() })),
      }),
    });
    const { dead, queue } = attributes.parse(JSON.parse(terraform)).resource.aws_sqs_queue;
    const fourteenDays = 14 * 86_400;
    assert.deepEqual([dead?.message_retention_seconds, queue?.message_retention_seconds], [fourteenDays, fourteenDays]);
    assert.match(String(queue?.["redrive_policy"]), /maxReceiveCount = 5/);
    assert.ok(existsSync(path.join(deployFolder, "queue/filter-policy.json")));
  });
});
