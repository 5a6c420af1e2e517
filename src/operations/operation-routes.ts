import type { FastifyInstance } from "fastify";
import { addActionRoutes } from "./action-routes.ts";
import { addIntakeRoutes } from "./intake-routes.ts";
import { addMessageRoutes } from "./message-routes.ts";
import { addQuarantineRoutes, type QuarantineRoutesSettings } from "./quarantine-routes.ts";
import { addQueueAdminRoutes, type QueueAdminRoutesSettings } from "./queue-admin-routes.ts";
import { addWaitingRoutes } from "./waiting-routes.ts";

/** What the routes of operators are built from. */
export type OperationRoutesSettings = QuarantineRoutesSettings & QueueAdminRoutesSettings;

/** Adds everything that operators see and do over HTTP (spec 5.3, 6.4, 7.4). */
export function addOperationRoutes(app: FastifyInstance, settings: OperationRoutesSettings): void {
  addMessageRoutes(app, settings);
  addQuarantineRoutes(app, settings);
  addWaitingRoutes(app, settings);
  addIntakeRoutes(app, settings);
  addActionRoutes(app, settings);
  addQueueAdminRoutes(app, settings);
}
