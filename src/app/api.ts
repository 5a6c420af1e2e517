import type { FastifyInstance } from "fastify";
import { addApiDocument } from "../platform/web/api-document.ts";
import { addCaseRecordRoutes, type CaseRecordRoutesSettings } from "../api/case-record/case-record-routes.ts";
import { addExplanationRoutes, type ExplanationRoutesSettings } from "../operations/explanation/explanation-routes.ts";
import { addHealthRoutes, type HealthRoutesSettings } from "../platform/health/health-routes.ts";
import { addEventDocumentRoutes, type EventDocumentRoutesSettings } from "../sync/events/event-document-routes.ts";
import { addOperationRoutes, type OperationRoutesSettings } from "./operation-routes.ts";
import { insertAction } from "../operations/action/action-store.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { addReconciliationRoutes, type ReconciliationRoutesSettings } from "../operations/refresh/refresh-routes.ts";
import { addRefreshRunRoutes } from "../operations/refresh/refresh-run-routes.ts";
import { addRepairRoutes } from "../operations/refresh/repair-routes.ts";
import { addRunRoutes } from "../operations/reconciliation/reconciliation-routes.ts";
import { compareBy } from "../operations/reconciliation/comparison-handler.ts";
import { addRunOrderRoutes } from "../operations/reconciliation/run-order-routes.ts";
import { addRiskRoutes, type RiskRoutesSettings } from "../api/risk/risk-routes.ts";

/** What the routes of the API are built from. */
export type ApiSettings = CaseRecordRoutesSettings &
  RiskRoutesSettings &
  HealthRoutesSettings &
  EventDocumentRoutesSettings &
  OperationRoutesSettings &
  ExplanationRoutesSettings &
  Omit<ReconciliationRoutesSettings, "compare" | "isRunning" | "recordAction">;

/** Adds every route of the API, and the document that is written from them. */
export async function addApi(routes: FastifyInstance, settings: ApiSettings): Promise<void> {
  await addApiDocument(routes);
  addCaseRecordRoutes(routes, settings);
  addRiskRoutes(routes, settings);
  addHealthRoutes(routes, settings);
  addEventDocumentRoutes(routes, settings);
  addOperationRoutes(routes, settings);
  addExplanationRoutes(routes, settings);
  addRunRoutes(routes, settings);
  const operator = {
    ...settings,
    isRunning: async () => (await getIntakeState(settings.reads)).running,
    recordAction: insertAction,
  };
  addRepairRoutes(routes, operator);
  addRefreshRunRoutes(routes, operator);
  addRunOrderRoutes(routes, operator);
  addReconciliationRoutes(routes, { ...operator, compare: compareBy(settings.askPresent) });
}
