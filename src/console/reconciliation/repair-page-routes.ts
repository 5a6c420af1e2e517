import { z } from "zod";
import { reasonSchema } from "../../operations/action/action.ts";
import { insertAction } from "../../operations/action/action-store.ts";
import { cancelRefreshRun, getRefreshRun, orderRepair, previewRepair } from "../../operations/refresh/repair-routes.ts";
import { listRefreshedCases } from "../../operations/refresh/refreshed-cases-routes.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { getIntakeState } from "../../sync/intake/intake-state-store.ts";
import { refreshAddress, writeAddress } from "../web/navigation.ts";
import { describeRefusal } from "../web/form-faults.ts";
import type { View } from "../web/page-sender.ts";
import type { Change, Pages, Visit } from "../web/page-routes.ts";
import { viewRefreshedCases } from "./refreshed-cases-view.ts";
import { viewRepair, viewRepairing } from "./repair-view.ts";
import { runParameters } from "./run-page-routes.ts";

/** What the pages of repairs are built from. */
export interface RepairPagesSettings {
  readonly reads: Executor;
  readonly database: Database;
}

const path = "/console/reconciliation";
const casesOfPage = 25;
const beforeSchema = z.object({ before: z.string().optional().catch(undefined) });
const repairParameters = z.object({ refreshRun: z.string() });
const flag = z
  .string()
  .optional()
  .transform((value) => value === "true");
const staleSchema = z.object({ removeStale: flag });
const formSchema = z.object({ reason: reasonSchema, removeStale: flag, allowDeletes: flag });

/** Adds the preview of a repair, how it is ordered, and how it goes. */
export function addRepairPages(pages: Pages, settings: RepairPagesSettings): void {
  const { reads } = settings;
  pages.show(`${path}/:id/repair`, (visit) => showPreview(reads, visit));
  pages.change(`${path}/:id/repair`, {
    schema: formSchema,
    form: (visit) => showPreview(reads, visit),
    page: ({ values, request }) => previewAddress(runParameters.parse(request.params).id, values.removeStale),
    act: (change) => order(settings, change),
  });
  pages.show(`${path}/repairs/:refreshRun`, (visit) => showRepairing(reads, visit));
  pages.change(`${path}/repairs/:refreshRun/cancel`, {
    schema: z.object({ reason: reasonSchema }),
    form: (visit) => showRepairing(reads, visit),
    page: ({ request }) => refreshAddress(repairParameters.parse(request.params).refreshRun),
    act: (change) => cancel(settings, change),
  });
}

async function showRepairing(reads: Executor, { request, faults, now }: Visit): Promise<View> {
  const { refreshRun } = repairParameters.parse(request.params);
  const { before } = beforeSchema.parse(request.query);
  const [run, cases] = await Promise.all([
    getRefreshRun(reads, refreshRun),
    listRefreshedCases(reads, refreshRun, { size: casesOfPage, ...(before !== undefined && { before }) }),
  ]);
  const model = {
    ...viewRepairing(run, faults, now),
    cases: viewRefreshedCases(cases, refreshRun, before === undefined),
  };
  return { template: "reconciliation/repairing.njk", title: model.title, model };
}

async function cancel({ database }: RepairPagesSettings, change: Change<{ readonly reason: string }>) {
  const { values, actor, signal, request } = change;
  const { refreshRun } = repairParameters.parse(request.params);
  const location = refreshAddress(refreshRun);
  try {
    await cancelRefreshRun({ database, recordAction: insertAction }, { ...values, refreshRun, actor }, signal);
    const text = "Within seconds nothing more is sent. What was sent before is settled like every message.";
    return { location, notice: { kind: "success", title: "Repair cancelled", text } as const };
  } catch (error) {
    return describeRefusal(error, location);
  }
}

async function showPreview(reads: Executor, { request, faults }: Visit): Promise<View> {
  const { id } = runParameters.parse(request.params);
  const { removeStale } = staleSchema.parse(faults === null ? request.query : faults.values);
  const preview = await previewRepair(reads, id, removeStale);
  const model = viewRepair({ id: Number(id), removeStale, preview, faults });
  return { template: "reconciliation/repair.njk", title: `Repair what run ${id} found`, model };
}

async function order({ database }: RepairPagesSettings, change: Change<z.infer<typeof formSchema>>) {
  const { values, actor, signal, request } = change;
  const { id } = runParameters.parse(request.params);
  const isRunning = async () => (await getIntakeState(database)).running;
  const settings = { database, isRunning, recordAction: insertAction };
  try {
    const asked = { ...values, dryRun: false };
    const { refreshRun } = await orderRepair(settings, { id, actor, asked }, signal);
    const text = "The cases are sent through the queue like every event. You can leave this page meanwhile.";
    return {
      location: refreshAddress(refreshRun),
      notice: { kind: "success", title: "Repair ordered", text } as const,
    };
  } catch (error) {
    return describeRefusal(error, previewAddress(id, values.removeStale));
  }
}

function previewAddress(id: string, removeStale: boolean): string {
  return writeAddress(`${path}/${id}/repair`, { removeStale: removeStale ? "true" : null });
}
