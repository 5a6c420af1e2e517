import { z } from "zod";
import { reasonSchema } from "../../operations/action/action.ts";
import { insertAction } from "../../operations/action/action-store.ts";
import { listRefreshedCases } from "../../operations/refresh/refreshed-cases-routes.ts";
import { cancelRefreshRun, continueRefreshRun, getRefreshRun } from "../../operations/refresh/refresh-run-routes.ts";
import { orderRepair, previewRepair } from "../../operations/refresh/repair-routes.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { getIntakeState } from "../../sync/intake/intake-state-store.ts";
import { refreshAddress, writeAddress } from "../web/navigation.ts";
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

/** Adds the preview of a repair, how it is ordered, how it goes, and how it is continued and cancelled. */
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
  for (const name of ["continue", "cancel"] as const) {
    pages.change(`${path}/repairs/:refreshRun/${name}`, {
      schema: z.object({ reason: reasonSchema }),
      form: (visit) => showRepairing(reads, visit),
      page: ({ request }) => refreshAddress(repairParameters.parse(request.params).refreshRun),
      act: (change) => changeRun(settings, name, change),
    });
  }
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

const changes = {
  continue: {
    apply: continueRefreshRun,
    title: "Repair continued",
    text: "The rest is sent now, and settled like every message.",
  },
  cancel: {
    apply: cancelRefreshRun,
    title: "Repair cancelled",
    text: "Within seconds nothing more is sent. What was sent before is settled like every message.",
  },
} as const;

async function changeRun(
  { database }: RepairPagesSettings,
  name: keyof typeof changes,
  change: Change<{ readonly reason: string }>,
) {
  const { values, actor, signal, request } = change;
  const { refreshRun } = repairParameters.parse(request.params);
  const { apply, title, text } = changes[name];
  await apply({ database, recordAction: insertAction }, { ...values, refreshRun, actor }, signal);
  return { location: refreshAddress(refreshRun), notice: { kind: "success", title, text } as const };
}

async function showPreview(reads: Executor, { request, faults }: Visit): Promise<View> {
  const { id } = runParameters.parse(request.params);
  const { removeStale } = staleSchema.parse(faults === null ? request.query : faults.values);
  const preview = await previewRepair(reads, id, removeStale);
  const model = viewRepair({ id: Number(id), removeStale, preview, faults });
  return { template: "reconciliation/repair.njk", title: `Repair what run ${id} found`, model };
}

const ordered = {
  kind: "success",
  title: "Repair ordered",
  text: "The cases are sent through the queue like every event. You can leave this page meanwhile.",
} as const;
const underWay = {
  kind: "information",
  title: "It is under way already",
  text: "This repair was ordered before. Your order changed nothing, and your reason is not recorded.",
} as const;

async function order({ database }: RepairPagesSettings, change: Change<z.infer<typeof formSchema>>) {
  const { values, actor, signal, request } = change;
  const { id } = runParameters.parse(request.params);
  const isRunning = async () => (await getIntakeState(database)).running;
  const settings = { database, isRunning, recordAction: insertAction };
  const asked = { ...values, dryRun: false };
  const { refreshRun, isNew } = await orderRepair(settings, { id, actor, asked }, signal);
  return { location: refreshAddress(refreshRun), notice: isNew ? ordered : underWay };
}

function previewAddress(id: string, removeStale: boolean): string {
  return writeAddress(`${path}/${id}/repair`, { removeStale: removeStale ? "true" : null });
}
