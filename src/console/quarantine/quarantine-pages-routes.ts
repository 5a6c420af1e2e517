import { z } from "zod";
import { searchQuarantined, type Preview } from "../../operations/quarantine/quarantine-handler.ts";
import { orderNames } from "../../operations/quarantine/quarantine-schema.ts";
import { listQuarantineGroups } from "../../operations/quarantine/quarantine-store.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import type { View } from "../web/page-sender.ts";
import { addGroupReplayPages } from "./group-replay-page-routes.ts";
import { addOrderPages } from "./order-routes.ts";
import { listPath, quarantinePath } from "./quarantine-address.ts";
import { viewQuarantineList } from "./quarantine-list-view.ts";
import { viewQuarantine } from "./quarantine-view.ts";

/** What the pages of the quarantine are built from. */
export interface QuarantinePagesSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly preview: Preview;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
}

const text = z.string().optional().catch(undefined);
const filtersSchema = z.object({ reason: text, state: text, before: text });

/** Adds the quarantine by reason, its messages, and what operators do with them: preview, reason, result. */
export function addQuarantinePages(pages: Pages, settings: QuarantinePagesSettings): void {
  const { reads } = settings;
  pages.show(quarantinePath, async ({ now }) => {
    const model = viewQuarantine(await listQuarantineGroups(reads), now);
    return { template: "quarantine/quarantine.njk", title: "Quarantine", model };
  });
  pages.show(listPath, (visit) => showList(settings, visit, visit.request.query));
  addGroupReplayPages(pages, settings);
  for (const name of orderNames) {
    addOrderPages(pages, { ...settings, name, showList: (visit, query) => showList(settings, visit, query) });
  }
}

async function showList({ reads }: QuarantinePagesSettings, { now, faults }: Visit, query: unknown): Promise<View> {
  const filters = filtersSchema.parse(query);
  const [page, groups] = await Promise.all([searchQuarantined(reads, query), listQuarantineGroups(reads)]);
  const model = { ...viewQuarantineList({ page, groups, filters }, now), faults };
  return { template: "quarantine/quarantined.njk", title: model.title, model };
}
