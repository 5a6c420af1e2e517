import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { z } from "zod";
import { listProductionPackages } from "../../deploy/image/assemble.ts";
import { deployFolder, readDeployed, readYaml } from "../support/manifests.ts";

const run = promisify(execFile);
const root = path.dirname(deployFolder);
const sbomSchema = z.object({ components: z.array(z.object({ name: z.string(), version: z.string() })) });

describe("the bill of materials", () => {
  it("is valid CycloneDX 1.5, and names each package of the image", async () => {
    const { stdout } = await run("npm", ["--silent", "run", "sbom"], { cwd: root, maxBuffer: 1e8 });
    const sbom: unknown = JSON.parse(stdout);
    const schema = z
      .looseObject({})
      .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, "cyclonedx-schema.json"), "utf8")));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    assert.equal(ajv.validate(schema, sbom), true, ajv.errorsText());
    const named = new Set(sbomSchema.parse(sbom).components.map(({ name }) => name));
    const installed = listProductionPackages().map((folder) => folder.replace(/^.*node_modules\//, ""));
    assert.deepEqual([...named].toSorted(), [...new Set(installed)].toSorted());
    assert.equal(
      ajv.validate(schema, { bomFormat: "CycloneDX", specVersion: "1.5", components: [{ name: 1 }] }),
      false,
    );
  });
});

describe("the workflow", () => {
  const workflow = readDeployed("../.github/workflows/ci.yml");

  it("runs what must pass, the audit and the checks of the deployment, and builds the image", () => {
    assert.equal(readYaml("../.github/workflows/ci.yml").length, 1);
    for (const step of [
      "bash .ci/run",
      "npm audit --package-lock-only --audit-level=high",
      "bash deploy/check --all",
      "docker build",
      "node deploy/image/assemble.ts",
      "docker run --rm --read-only --user 4711:4711",
      "docker run --rm --entrypoint /bin/sh",
    ]) {
      assert.ok(workflow.includes(step), step);
    }
  });

  it("runs it in a place like the worst that a checkout lies in", () => {
    const [, checkout = ""] = /^checkout="(.*)"$/m.exec(readDeployed("../.ci/run")) ?? [];
    for (const [what, pattern] of Object.entries({
      home: /\/home\//,
      space: / /,
      apostrophe: /'/,
      letter: /[^\p{ASCII}]/u,
    })) {
      assert.match(checkout, pattern, what);
    }
  });

  it("takes the tools of those checks by version and checksum", () => {
    const fetched = [...workflow.matchAll(/fetch (\S+) \\\n +(\S+) /g)];
    assert.ok(fetched.length >= 3);
    for (const [, address = "", checksum = ""] of fetched) {
      assert.match(address, /v\d+\.\d+\.\d+/);
      assert.match(checksum, /^[0-9a-f]{64}$/);
    }
    assert.match(workflow, /pip" install --require-hashes --requirement deploy\/check-requirements\.txt/);
    const [, ...packages] = readDeployed("check-requirements.txt").trimEnd().split("\n");
    for (const one of packages) assert.match(one, /^[a-z-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/);
  });

  it("renders each environment, with scaling too, and the chart", () => {
    const script = readDeployed("check");
    for (const one of ["kubectl kustomize", "components: ", "helm lint --strict", "helm template", "kubeconform"]) {
      assert.ok(script.includes(one), one);
    }
    for (const one of ["test/deploy/rendered-scaling.ts", "test/deploy/rendered-chart.ts"]) {
      assert.ok(script.includes(one) && existsSync(path.join(root, one)), one);
    }
  });

  it("takes actions by commit, and may write nothing unless a job says so", () => {
    const uses = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action = ""]) => action);
    assert.ok(uses.length > 5);
    assert.deepEqual(
      uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action)),
      [],
    );
    assert.match(workflow, /^permissions:\n {2}contents: read$/m);
  });
});
