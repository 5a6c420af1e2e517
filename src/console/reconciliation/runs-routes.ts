import { z } from "zod";
import { reasonSchema } from "../../operations/action/action.ts";
import { insertAction } from "../../operations/action/action-store.ts";
import { describeRun } from "../../operations/reconciliation/reconciliation-routes.ts";
import { cancelOrderedRun, orderRun } from "../../operations/reconciliation/run-order-routes.ts";
import { listRuns } from "../../operations/reconciliation/run-store.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { cursorOf, cutPage, listTop } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import { reconciliationAddress } from "../web/navigation.ts";
import type { View } from "../web/page-sender.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import { addRepairPages } from "./repair-page-routes.ts";
import { runFormSchema } from "./run-form.ts";
import { addRunPages, runParameters } from "./run-page-routes.ts";
import { viewRuns } from "./runs-view.ts";

/** What the pages of reconciliation are built from. */
export interface ReconciliationPagesSettings {
  readonly reads: Executor;
  readonly database: Database;
}

const path = "/console/reconciliation";
const size = 25;
const querySchema = z.object({ before: cursorOf(z.int()).optional() });

/** Adds the runs, how one is started and cancelled, the page of each, and repairs. */
export function addReconciliationPages(pages: Pages, settings: ReconciliationPagesSettings): void {
  const order = { database: settings.database, recordAction: insertAction };
  pages.show(path, (visit) => showRuns(settings, visit));
  pages.change(path, {
    schema: runFormSchema,
    form: (visit) => showRuns(settings, visit),
    page: () => path,
    act: async ({ values, actor, signal }) => {
      const id = await orderRun(order, { ...values, actor }, signal);
      const text = "It compares and writes nothing to Delius. You can leave this page meanwhile.";
      return {
        location: reconciliationAddress(id),
        notice: { kind: "success", title: "Reconciliation started", text },
      };
    },
  });
  pages.change(`${path}/:id/cancel`, {
    schema: z.object({ reason: reasonSchema }),
    form: (visit) => showRuns(settings, visit),
    page: ({ request }) => `${path}/${runParameters.parse(request.params).id}`,
    act: async ({ values, actor, signal, request }) => {
      const { id } = runParameters.parse(request.params);
      await cancelOrderedRun(order, { ...values, id, actor }, signal);
      const text = "What it had found was not read a second time, so it is not reported.";
      return { location: path, notice: { kind: "success", title: "Reconciliation cancelled", text } };
    },
  });
  addRunPages(pages, settings);
  addRepairPages(pages, settings);
}

async function showRuns({ reads }: ReconciliationPagesSettings, { request, faults, now }: Visit): Promise<View> {
  const { before } = parseInput(querySchema, request.query, "These runs cannot be shown");
  const found = await listRuns(reads, before ?? listTop, size + 1);
  const { entries, next } = cutPage(found, size, ({ id }) => id);
  const model = viewRuns({ runs: entries.map(describeRun), next, isFirst: before === undefined, faults }, now);
  return { template: "reconciliation/runs.njk", title: "Reconciliation", model };
}
