import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { queueAdmins } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { AdminQueue, DeadMessage, QueueAdmin } from "../../platform/queue/queue-admin.ts";
import { parseInput, requireCaller, securedRoute } from "../../platform/web/secured-route.ts";
import type { OperatorAction } from "../action/action.ts";
import { insertAction } from "../action/action-store.ts";
import { findQuarantined } from "../quarantine/quarantine-store.ts";
import { keyOf } from "./dead-letter-handler.ts";
import {
  deadMessagesQuerySchema,
  deadMessagesSchema,
  foundSchema,
  showBody,
  standardShown,
} from "./queue-admin-schema.ts";

declare global {
  /** What Node knows of JSON and TypeScript does not yet. */
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** What the routes of the queues are built from. */
export interface QueueAdminRoutesSettings {
  readonly database: Executor;
  readonly queueAdmin: QueueAdmin;
  readonly log: Log;
  /** Aborts when the service stops: a redrive then ends. */
  readonly stopping: AbortSignal;
}

const tag = "Queue administration";
// Within the time after which a connection counts as stalled; what is left is for the next call.
const redriveMs = 20_000;
const handlerTimeout = 25_000;

type Found = z.infer<typeof foundSchema>;

interface Dead {
  readonly Params: { readonly dlqName: string };
}

interface Any {
  readonly Params: { readonly queueName: string };
}

/** Adds what HMPPS's tools do with the queues of a service. Every call is recorded. */
export function addQueueAdminRoutes(app: FastifyInstance, settings: QueueAdminRoutesSettings): void {
  app.put<Dead>("/queue-admin/retry-dlq/:dlqName", { ...retryRoute, handlerTimeout }, (request) =>
    retryOne(settings, request),
  );
  app.put("/queue-admin/retry-all-dlqs", { ...retryAllRoute, handlerTimeout }, (request) =>
    retryAll(settings, request),
  );
  app.put<Any>("/queue-admin/purge-queue/:queueName", purgeRoute, (request) => purge(settings, request));
  app.get<Dead>("/queue-admin/get-dlq-messages/:dlqName", { ...peekRoute, handlerTimeout }, (request) =>
    peek(settings, request),
  );
}

async function retryOne(settings: QueueAdminRoutesSettings, request: FastifyRequest<Dead>): Promise<Found> {
  const dead = await requireDead(settings, request.params.dlqName);
  return redrive(settings, { dead, action: "retry-dlq", request });
}

async function retryAll(settings: QueueAdminRoutesSettings, request: FastifyRequest): Promise<Found[]> {
  const { dead } = await settings.queueAdmin.findQueues();
  return dead === null ? [] : [await redrive(settings, { dead, action: "retry-all-dlqs", request })];
}

async function purge(settings: QueueAdminRoutesSettings, request: FastifyRequest<Any>): Promise<Found> {
  const { queueAdmin } = settings;
  const { queueName } = request.params;
  const { queue, dead } = await queueAdmin.findQueues();
  const chosen = [queue, dead].find((one) => one?.name === queueName) ?? null;
  if (chosen === null) throw notFound(queueName);
  const messagesFoundCount = await queueAdmin.count(chosen);
  await record(settings, request, { action: "purge-queue", subject: { queue: queueName, messagesFoundCount } });
  await queueAdmin.purge(chosen);
  return { messagesFoundCount };
}

async function peek(
  settings: QueueAdminRoutesSettings,
  request: FastifyRequest<Dead>,
): Promise<z.infer<typeof deadMessagesSchema>> {
  const { queueAdmin } = settings;
  const { maxMessages = standardShown } = parseInput(deadMessagesQuerySchema, request.query, badQuery);
  const dead = await requireDead(settings, request.params.dlqName);
  const messagesFoundCount = await queueAdmin.count(dead);
  await record(settings, request, { action: "get-dlq-messages", subject: { queue: dead.name, messagesFoundCount } });
  const messages = await queueAdmin.peek(dead, maxMessages);
  return {
    messagesFoundCount,
    messagesReturnedCount: messages.length,
    messages: messages.map(({ messageId, body }) => ({ messageId, body: showBody(body) })),
  };
}

async function requireDead({ queueAdmin }: QueueAdminRoutesSettings, name: string): Promise<AdminQueue> {
  const { dead } = await queueAdmin.findQueues();
  if (dead?.name !== name) throw notFound(name);
  return dead;
}

function notFound(name: string): HttpError {
  return new HttpError({ status: 404, message: `Queue ${name} not found` });
}

type Recorded = Pick<FastifyRequest, "caller">;

interface RedriveOrder {
  readonly dead: AdminQueue;
  readonly action: OperatorAction["action"];
  readonly request: Recorded;
}

async function redrive(settings: QueueAdminRoutesSettings, { dead, action, request }: RedriveOrder) {
  const { queueAdmin, database, log, stopping } = settings;
  const messagesFoundCount = await queueAdmin.count(dead);
  await record(settings, request, { action, subject: { queue: dead.name, messagesFoundCount } });
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(redriveMs)]);
  const { moved } = await queueAdmin.redrive(dead, (messages) => findKept(database, messages), signal);
  log.info({ found: messagesFoundCount, moved }, "dead letters redriven");
  return { messagesFoundCount };
}

/** What is quarantined waits for a person, and a redrive is none (rule O3). */
async function findKept(database: Executor, messages: readonly DeadMessage[]): Promise<ReadonlySet<string>> {
  const keyed = messages.map((message) => ({ messageId: message.messageId, inboxKey: keyOf(message) }));
  const quarantined = await findQuarantined(
    database,
    keyed.map(({ inboxKey }) => inboxKey),
  );
  return new Set(keyed.filter(({ inboxKey }) => quarantined.has(inboxKey)).map(({ messageId }) => messageId));
}

function record(
  { database }: QueueAdminRoutesSettings,
  request: Recorded,
  action: Pick<OperatorAction, "action" | "subject">,
): Promise<unknown> {
  return insertAction(database, { ...action, actor: requireCaller(request).actor, reason: null });
}

const badQuery = "maxMessages must be a whole number from 1 to 500";
const dlqName = z
  .string()
  .meta({ description: "Name of the dead-letter queue", examples: ["manage-pom-cases-and-delius-dlq"] });
const queueName = z.string().meta({
  description: "Name of the queue or of its dead-letter queue",
  examples: ["manage-pom-cases-and-delius-dlq"],
});
const unknownQueue = { 404: describeError(404, "Queue somebody-elses-dlq not found") };
const found = { messagesFoundCount: 2 };

const retryRoute = securedRoute(queueAdmins, {
  tag,
  operationId: "retryDlq",
  summary: "Moves the messages of the dead-letter queue back to the queue, except quarantined ones",
  params: z.object({ dlqName }),
  answer: { description: "How many messages were dead", schema: foundSchema, example: found },
  errors: unknownQueue,
});

const retryAllRoute = securedRoute(queueAdmins, {
  tag,
  operationId: "retryAllDlqs",
  summary: "The same for every dead-letter queue of the service; it has one",
  answer: { description: "How many messages were dead, by queue", schema: z.array(foundSchema), example: [found] },
});

const purgeRoute = securedRoute(queueAdmins, {
  tag,
  operationId: "purgeQueue",
  summary: "Deletes every message of the queue or of the dead-letter queue, for good",
  params: z.object({ queueName }),
  answer: { description: "How many messages there were", schema: foundSchema, example: found },
  errors: unknownQueue,
});

const peekRoute = securedRoute(queueAdmins, {
  tag,
  operationId: "getDlqMessages",
  summary: "Shows the messages of the dead-letter queue and leaves them there",
  params: z.object({ dlqName }),
  query: deadMessagesQuerySchema,
  answer: {
    description: "The messages",
    schema: deadMessagesSchema,
    example: {
      messagesFoundCount: 1,
      messagesReturnedCount: 1,
      messages: [{ messageId: "7f0c2a52-8f0e-4b57-9d5c-1f6f5ad7b3c1", body: { Type: "Notification" } }],
    },
  },
  errors: { 400: describeError(400, badQuery), ...unknownQueue },
});
