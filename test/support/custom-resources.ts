import { z } from "zod";

// The kinds that a cluster learns from KEDA and the Prometheus operator, as far as our manifests use them.

const metadata = z.strictObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const duration = z.string().regex(/^(\d+(ms|[smhdwy]))+$/);

function resource(apiVersion: string, spec: z.ZodType) {
  return z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.string(), metadata, spec });
}

/** What a resource of each kind looks like. */
export const customSchemas: Readonly<Record<string, z.ZodType>> = {
  ScaledObject: resource(
    "keda.sh/v1alpha1",
    z.strictObject({
      scaleTargetRef: z.strictObject({ name: z.string(), kind: z.string().optional() }),
      minReplicaCount: z.int().min(0),
      maxReplicaCount: z.int().min(1),
      pollingInterval: z.int().min(1),
      cooldownPeriod: z.int().min(0),
      triggers: z.array(
        z.strictObject({
          type: z.enum(["aws-sqs-queue", "aws-cloudwatch"]),
          metricType: z.enum(["AverageValue", "Value"]),
          authenticationRef: z.strictObject({ name: z.string() }),
          // KEDA takes texts alone.
          metadata: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
  TriggerAuthentication: resource(
    "keda.sh/v1alpha1",
    z.strictObject({ podIdentity: z.strictObject({ provider: z.enum(["aws"]) }) }),
  ),
  ServiceMonitor: resource(
    "monitoring.coreos.com/v1",
    z.strictObject({
      selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
      endpoints: z.array(z.strictObject({ port: z.string(), path: z.string(), interval: duration })),
    }),
  ),
  PrometheusRule: resource(
    "monitoring.coreos.com/v1",
    z.strictObject({
      groups: z.array(
        z.strictObject({
          name: z.string(),
          rules: z.array(
            z.strictObject({
              alert: z.string(),
              expr: z.string(),
              for: duration.optional(),
              labels: z.strictObject({ severity: z.string(), urgency: z.string().optional() }),
              annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
            }),
          ),
        }),
      ),
    }),
  ),
};
