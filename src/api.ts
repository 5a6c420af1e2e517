import type { FastifyInstance } from "fastify";
import { addApiDocument } from "./adapters/api-document.ts";
import { addCaseRecordRoutes, type CaseRecordRoutesSettings } from "./case-record/case-record-routes.ts";
import { addExplanationRoutes, type ExplanationRoutesSettings } from "./explanation/explanation-routes.ts";
import { addHealthRoutes, type HealthRoutesSettings } from "./health/health-routes.ts";
import { addEventDocumentRoutes, type EventDocumentRoutesSettings } from "./inbox/event-document-routes.ts";
import { addOperationRoutes, type OperationRoutesSettings } from "./operations/operation-routes.ts";
import { addRiskRoutes, type RiskRoutesSettings } from "./risk/risk-routes.ts";

/** What the routes of the API are built from. */
export type ApiSettings = CaseRecordRoutesSettings &
  RiskRoutesSettings &
  HealthRoutesSettings &
  EventDocumentRoutesSettings &
  OperationRoutesSettings &
  ExplanationRoutesSettings;

/** Adds every route of the API, and the document that is written from them (spec 4). */
export async function addApi(routes: FastifyInstance, settings: ApiSettings): Promise<void> {
  await addApiDocument(routes);
  addCaseRecordRoutes(routes, settings);
  addRiskRoutes(routes, settings);
  addHealthRoutes(routes, settings);
  addEventDocumentRoutes(routes, settings);
  addOperationRoutes(routes, settings);
  addExplanationRoutes(routes, settings);
}
