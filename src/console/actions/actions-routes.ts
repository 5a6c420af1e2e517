import { z } from "zod";
import { getAction, searchActions } from "../../operations/action/action-handler.ts";
import type { Executor } from "../../platform/database/database.ts";
import type { Pages } from "../web/page-routes.ts";
import { viewAction, viewActions } from "./actions-view.ts";

/** What the pages of operators' actions are built from. */
export interface ActionsSettings {
  readonly reads: Executor;
}

const paramsSchema = z.object({ id: z.string() });
const querySchema = z.object({ from: z.string().optional().catch(undefined) });

/** Adds the record of what operators did, and the page of one action with its result. */
export function addActionsPages(pages: Pages, { reads }: ActionsSettings): void {
  pages.show("/console/actions", async ({ request: { query }, now }) => {
    const isFirst = z.object({ before: z.undefined() }).safeParse(query).success;
    const model = viewActions(await searchActions(reads, query), isFirst, now);
    return { template: "actions/actions.njk", title: "Actions", model };
  });
  pages.show("/console/actions/:id", async ({ request, now }) => {
    const { id } = paramsSchema.parse(request.params);
    const { from } = querySchema.parse(request.query);
    const model = viewAction(await getAction(reads, id), from, now);
    return { template: "actions/action.njk", title: model.what, model };
  });
}
