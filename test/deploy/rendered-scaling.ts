import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findFaults } from "../support/kubernetes-faults.ts";
import { environments } from "../support/manifests.ts";
import { findResource, renderScaled, type Rendered } from "../support/rendering.ts";

// Needs kubectl: deploy/check runs it where that is.

describe("an environment that scales", () => {
  for (const environment of environments) {
    it(`has no number of replicas of its own, and is fit in all else: ${environment}`, () => {
      const resources = renderScaled(environment);
      for (const one of resources) assert.deepEqual(findFaults(withoutNamespace(one)), [], one.kind);
      const { metadata, spec } = findResource(resources, "Deployment");
      assert.ok(spec !== undefined && !("replicas" in spec));
      const target = { scaleTargetRef: { name: metadata.name } };
      assert.partialDeepStrictEqual(findResource(resources, "ScaledObject").spec, target);
    });
  }
});

/** Our schemas are those of the files, which name no namespace: kustomize adds it. */
function withoutNamespace(resource: Rendered): unknown {
  const { namespace: _, ...metadata } = resource.metadata;
  return { ...resource, metadata };
}
