import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { badReason, reasonRequestSchema } from "../action/action.ts";
import { fewFirst } from "../action/few-first.ts";
import { groupReplayRequestSchema, groupReplaySchema, orderedGroupSchema, type GroupReplay } from "./group-replay.ts";
import { cancelGroup, getGroupReplay, isOver, nothingHeld, orderGroupReplay } from "./group-replay-handler.ts";

/** What the routes of group replays are built from. */
export interface GroupReplayRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

const tag = "Quarantine";
const orderMs = 8_000;
const badOrder = 'Send {"group", "reason"}, the reason with 1 to 500 characters';
const parameters = z.object({ id: z.string().meta({ description: "Number of the group replay", examples: ["4"] }) });

interface One {
  readonly Params: z.infer<typeof parameters>;
}

/** Adds how a whole group is replayed by itself, how that goes and how it is cancelled. */
export function addGroupReplayRoutes(app: FastifyInstance, settings: GroupReplayRoutesSettings): void {
  const { reads, database, stopping } = settings;
  const limit = { milliseconds: orderMs, stopping };
  app.post("/operations/quarantine/group-replays", orderRoute, (request) => {
    const order = { ...parseInput(groupReplayRequestSchema, request.body, badOrder), ...requireCaller(request) };
    return workWithin(limit, async (signal) => {
      const { id, isNew } = await orderGroupReplay(database, order, signal);
      return { ...(await getGroupReplay(database, String(id))), isNew };
    });
  });
  app.get<One>("/operations/quarantine/group-replays/:id", findRoute, ({ params }) => getGroupReplay(reads, params.id));
  app.post<One>("/operations/quarantine/group-replays/:id/cancel", cancelRoute, (request) => {
    const { reason } = parseInput(reasonRequestSchema, request.body, badReason);
    const order = { id: request.params.id, reason, actor: requireCaller(request).actor };
    return workWithin(limit, (signal) => cancelGroup(database, order, signal));
  });
}

const example: GroupReplay = {
  id: 4,
  group: "UnknownPrison",
  orderedBy: "A_PERSON",
  reason: "The prison was added",
  startedAt: "2026-04-02T11:02:11.403+00:00",
  state: "first",
  progress: { ordered: 1_200, sent: 5, settled: 3, failed: 0, cancelled: 0 },
};
const notFound = describeError(404, "Group replay 4 not found");

const orderRoute = securedRoute(operators, {
  tag,
  operationId: "replayGroup",
  summary: `Replays a group by itself: the oldest ${fewFirst} first and, when one of them is repaired, the rest`,
  body: { schema: groupReplayRequestSchema, example: { group: example.group, reason: example.reason } },
  answer: {
    description: "How it goes, or how the one goes that is under way already",
    schema: orderedGroupSchema,
    example: { ...example, isNew: true },
  },
  errors: { 400: describeError(400, nothingHeld) },
});

const findRoute = securedRoute(viewers, {
  tag,
  operationId: "getGroupReplay",
  summary: "How the replay of a group goes",
  params: parameters,
  answer: { description: "Its state and progress", schema: groupReplaySchema, example },
  errors: { 404: notFound },
});

const cancelRoute = securedRoute(operators, {
  tag,
  operationId: "cancelGroupReplay",
  summary: "Cancels the replay of a group: what is not sent is held again",
  params: parameters,
  body: { schema: reasonRequestSchema, example: { reason: "The prison is not added yet" } },
  answer: {
    description: "What was sent already",
    schema: groupReplaySchema,
    example: {
      ...example,
      state: "cancelled",
      progress: { ordered: 1_200, sent: 105, settled: 100, failed: 5, cancelled: 1_095 },
    },
  },
  errors: { 400: describeError(400, badReason), 404: notFound, 409: describeError(409, isOver) },
});
