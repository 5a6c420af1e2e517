import type { FastifyInstance } from "fastify";
import { addActionRoutes } from "../operations/action/action-routes.ts";
import { addIntakeRoutes } from "../operations/intake-control/intake-routes.ts";
import { addMessageRoutes } from "../operations/messages/message-routes.ts";
import { addGroupReplayRoutes } from "../operations/quarantine/group-replay-routes.ts";
import { addQuarantineRoutes, type QuarantineRoutesSettings } from "../operations/quarantine/quarantine-routes.ts";
import { addDeadLetterRoutes, type DeadLetterRoutesSettings } from "../operations/dead-letters/dead-letter-routes.ts";
import { addQueueAdminRoutes, type QueueAdminRoutesSettings } from "../operations/dead-letters/queue-admin-routes.ts";
import { addWaitingRoutes } from "../operations/waiting/waiting-routes.ts";

/** What the routes of operators are built from. */
export type OperationRoutesSettings = QuarantineRoutesSettings & DeadLetterRoutesSettings & QueueAdminRoutesSettings;

/** Adds everything that operators see and do over HTTP. */
export function addOperationRoutes(app: FastifyInstance, settings: OperationRoutesSettings): void {
  addMessageRoutes(app, settings);
  addQuarantineRoutes(app, settings);
  addGroupReplayRoutes(app, settings);
  addWaitingRoutes(app, settings);
  addIntakeRoutes(app, settings);
  addActionRoutes(app, settings);
  addDeadLetterRoutes(app, settings);
  addQueueAdminRoutes(app, settings);
}
