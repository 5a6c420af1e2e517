import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { unsecuredErrors } from "../web/api-answers.ts";
import { toJsonSchema } from "../web/json-schema.ts";
import { healthSchema, statusSchema, type Health } from "./health.ts";

/** What the routes about the service itself show. */
export interface HealthRoutesSettings {
  readonly checkHealth: () => Promise<Health>;
  /** Started and not stopping. */
  readonly isReady: () => boolean;
  /** Not stuck: intake moves or is not meant to. */
  readonly isAlive: () => boolean;
  readonly describeService: () => ServiceInfo;
  readonly readMetrics: () => Promise<{ readonly type: string; readonly text: string }>;
}

const infoSchema = z
  .object({
    git: z.object({ branch: z.string().optional(), commit: z.string().optional() }),
    build: z.object({ name: z.string(), version: z.string() }),
    productId: z.string(),
    uptime: z.object({ seconds: z.int().min(0), since: z.iso.datetime() }),
    features: z.record(z.string(), z.unknown()),
  })
  .meta({ title: "Info" });

/** What `/info` says. */
export type ServiceInfo = Readonly<z.infer<typeof infoSchema>>;

const up = { status: "UP" } as const;
const down = { status: "DOWN" } as const;
const config = { access: "open" } as const;
const probe = { access: "open", isProbe: true } as const;

const open = { tags: ["The service itself"], security: [] };

const statusAnswers = (description: string) => ({
  200: { description, ...toJsonSchema(statusSchema, { examples: [up] }) },
  503: { description: "Not so at the moment", ...toJsonSchema(statusSchema, { examples: [down] }) },
  ...unsecuredErrors,
});

/** Adds health, readiness, liveness, info and metrics: open to all, for they identify no one. */
export function addHealthRoutes(app: FastifyInstance, settings: HealthRoutesSettings): void {
  const { checkHealth, isReady, isAlive, describeService, readMetrics } = settings;
  app.get("/health", { config: probe, schema: describeHealth() }, async (_request, reply) => {
    const health = await checkHealth();
    return reply.code(health.status === "UP" ? 200 : 503).send(health);
  });
  addStatus(app, "/health/readiness", {
    operationId: "getReadiness",
    summary: "Whether to send requests here",
    meaning: "Started and not stopping",
    holds: isReady,
  });
  addStatus(app, "/health/liveness", {
    operationId: "getLiveness",
    summary: "Whether to leave this process running",
    meaning: "Not stuck",
    holds: isAlive,
  });
  const { 503: _never, ...answers } = statusAnswers("The service answers");
  const ping = { ...open, summary: "Whether anybody answers", response: answers };
  for (const [url, operationId] of [
    ["/health/ping", "pingHealth"],
    ["/ping", "ping"],
  ] as const) {
    app.get(url, { config: probe, schema: { ...ping, operationId } }, (_request, reply) => reply.send(up));
  }
  app.get("/info", { config, schema: describeInfo() }, (_request, reply) => reply.send(describeService()));
  app.get("/metrics", { config, schema: metricsRoute }, async (_request, reply) => {
    const { type, text } = await readMetrics();
    return reply.type(type).send(text);
  });
}

interface StatusRoute {
  readonly operationId: string;
  readonly summary: string;
  readonly meaning: string;
  readonly holds: () => boolean;
}

function addStatus(app: FastifyInstance, url: string, route: StatusRoute): void {
  const { operationId, summary, meaning, holds } = route;
  const schema = { ...open, operationId, summary, response: statusAnswers(meaning) };
  app.get(url, { config: probe, schema }, (_request, reply) => (holds() ? reply.send(up) : reply.code(503).send(down)));
}

function describeHealth() {
  return {
    ...open,
    operationId: "getHealth",
    summary: "How the service and everything it leans on are",
    response: {
      200: { description: "All is well", ...toJsonSchema(healthSchema, { examples: [healthyExample] }) },
      503: { description: "Something is down", ...toJsonSchema(healthSchema, { examples: [unhealthyExample] }) },
      ...unsecuredErrors,
    },
  };
}

function describeInfo() {
  return {
    ...open,
    operationId: "getInfo",
    summary: "Which build this is and how it is set",
    response: {
      200: { description: "This build", ...toJsonSchema(infoSchema, { examples: [infoExample] }) },
      ...unsecuredErrors,
    },
  };
}

const metricsExample = `# HELP mpc_delius_outcomes_total Messages settled, by event type and outcome
# TYPE mpc_delius_outcomes_total counter
mpc_delius_outcomes_total{event_type="offender-management.handover.changed",outcome="KeyDateUpdated"} 3
`;

const metricsRoute = {
  ...open,
  operationId: "getMetrics",
  summary: "Counters and timings for Prometheus",
  response: {
    200: {
      description: "One line a figure",
      content: { "text/plain": { schema: { type: "string" }, example: metricsExample } },
    },
    ...unsecuredErrors,
  },
};

const healthyExample = {
  status: "UP",
  components: {
    database: up,
    queue: { ...up, details: { name: "manage-pom-cases-and-delius", waiting: 0, inFlight: 2, dead: 0 } },
    mpc: up,
    hmppsAuth: up,
    staffDirectory: up,
    consumer: { ...up, details: { state: "running", inHand: 2 } },
  },
};

const unhealthyExample = {
  status: "DOWN",
  components: {
    ...healthyExample.components,
    mpc: { ...down, since: "2026-05-11T09:00:00.000Z", details: { error: "ECONNREFUSED" } },
  },
};

const infoExample = {
  git: { commit: "4f1c2ab" },
  build: { name: "manage-pom-cases-and-delius", version: "1.0.0" },
  productId: "HMPPS518",
  uptime: { seconds: 3600, since: "2026-05-11T08:00:00.000Z" },
  features: { consumer: true, handoverNullDates: "delete" },
};
