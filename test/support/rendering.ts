import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { deployFolder, type EnvironmentName } from "./manifests.ts";

/** A resource as it is rendered. */
export type Rendered = z.infer<typeof resourceSchema>;

const resourceSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}).optional(),
});

/** What the overlay of an environment is with scaling turned on, as its file says how. */
export function renderScaled(environment: EnvironmentName): readonly Rendered[] {
  return inCopy("kubernetes", (folder) => {
    const file = path.join(folder, environment, "kustomization.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^# (components: )/m, "$1"));
    return render("kubectl", ["kustomize", path.join(folder, environment)]);
  });
}

/** What our own chart is in an environment; those of the house that it leans on are empty. */
export function renderChart(environment: EnvironmentName, values: readonly string[]): readonly Rendered[] {
  return inCopy("helm", (folder) => {
    for (const name of ["generic-service", "generic-prometheus-alerts"]) {
      const chart = path.join(folder, "charts", name);
      mkdirSync(chart, { recursive: true });
      writeFileSync(path.join(chart, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: 0.0.0\n`);
    }
    const given = ["generic-service.image.tag=1", ...values].flatMap((value) => ["--set", value]);
    const own = ["--values", path.join(folder, `values-${environment}.yaml`), "--namespace", `ours-${environment}`];
    return render("helm", ["template", "manage-pom-cases-and-delius", folder, ...own, ...given]);
  });
}

function inCopy<Value>(name: string, work: (folder: string) => Value): Value {
  const place = mkdtempSync(path.join(tmpdir(), "rendering-"));
  try {
    const folder = path.join(place, name);
    cpSync(path.join(deployFolder, name), folder, { recursive: true });
    return work(folder);
  } finally {
    rmSync(place, { recursive: true });
  }
}

function render(tool: string, words: readonly string[]): readonly Rendered[] {
  const { status, stdout, stderr } = spawnSync(tool, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} ${words.join(" ")}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => resourceSchema.parse(document.toJS()));
}

/** The resource of a kind. */
export function findResource(resources: readonly Rendered[], kind: string): Rendered {
  const found = resources.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found;
}
