import { z } from "zod";
import { reasonSchema } from "../../operations/action/action.ts";
import { fewFirst } from "../../operations/action/few-first.ts";
import { cancelGroup, getGroupReplay, orderGroupReplay } from "../../operations/quarantine/group-replay-handler.ts";
import { findChosen, type Preview } from "../../operations/quarantine/quarantine-handler.ts";
import { groupSchema } from "../../operations/quarantine/quarantine-schema.ts";
import { listQuarantinedByKey } from "../../operations/quarantine/quarantine-store.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import { groupReplayAddress, readReturnPath, writeAddress } from "../web/navigation.ts";
import type { Change, Pages, Visit } from "../web/page-routes.ts";
import type { View } from "../web/page-sender.ts";
import { previewSome } from "./order-routes.ts";
import { groupReplayPath, groupsPath, quarantinePath } from "./quarantine-address.ts";
import { viewGroupOrder, viewGroupReplay } from "./group-replay-view.ts";

/** What the pages of group replays are built from. */
export interface GroupReplayPagesSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly preview: Preview;
  readonly stopping: AbortSignal;
}

const chosenSchema = z.object({
  group: groupSchema,
  from: z
    .string()
    .optional()
    .transform((given) => readReturnPath(given ?? quarantinePath)),
});
const parameters = z.object({ id: z.string() });

/** Adds how the replay of a group is previewed and ordered, how it goes, and how it is cancelled. */
export function addGroupReplayPages(pages: Pages, settings: GroupReplayPagesSettings): void {
  const { reads, database } = settings;
  pages.show(groupReplayPath, (visit) => showOrder(settings, visit, visit.request.query));
  pages.change(groupReplayPath, {
    schema: chosenSchema.extend({ reason: reasonSchema }),
    form: (visit) => showOrder(settings, visit, visit.request.body),
    page: ({ values: { group, from } }) => writeAddress(groupReplayPath, { group, from }),
    act: (change) => order(database, change),
  });
  pages.show(`${groupsPath}/:id`, (visit) => showReplay(reads, visit));
  pages.change(`${groupsPath}/:id/cancel`, {
    schema: z.object({ reason: reasonSchema }),
    form: (visit) => showReplay(reads, visit),
    page: ({ request }) => groupReplayAddress(parameters.parse(request.params).id),
    act: (change) => cancel(database, change),
  });
}

async function showOrder(settings: GroupReplayPagesSettings, visit: Visit, given: unknown): Promise<View> {
  const { group, from } = parseInput(chosenSchema, given, "This group cannot be chosen");
  const { reads } = settings;
  const { inboxKeys, total } = await findChosen(reads, { name: "replay", chosen: { group }, most: fewFirst });
  const [quarantined, previewed] = await Promise.all([
    listQuarantinedByKey(reads, inboxKeys),
    previewSome(settings, inboxKeys),
  ]);
  const model = viewGroupOrder({ group, total, inboxKeys, quarantined, previewed, from }, visit.now);
  return {
    template: "quarantine/group-order.njk",
    title: `Preview: ${model.title}`,
    model: { ...model, faults: visit.faults },
  };
}

const ordered = {
  kind: "success",
  title: "Replay of the group ordered",
  text: "The first few are replayed now. The rest follows by itself when one of them is repaired.",
} as const;
const underWay = {
  kind: "information",
  title: "It is under way already",
  text: "The replay of this group was ordered before. Your order changed nothing, and your reason is not recorded.",
} as const;

async function order(database: Database, { values, actor, signal }: Change<z.infer<typeof chosenSchema> & Reason>) {
  const { group, reason } = values;
  const { id, isNew } = await orderGroupReplay(database, { group, reason, actor }, signal);
  return { location: groupReplayAddress(id), notice: isNew ? ordered : underWay };
}

interface Reason {
  readonly reason: string;
}

async function showReplay(reads: Executor, { request, faults, now }: Visit): Promise<View> {
  const { id } = parameters.parse(request.params);
  const model = { ...viewGroupReplay(await getGroupReplay(reads, id), now), faults };
  return { template: "quarantine/group-replay.njk", title: model.title, model };
}

async function cancel(database: Database, { values, actor, signal, request }: Change<Reason>) {
  const { id } = parameters.parse(request.params);
  await cancelGroup(database, { ...values, id, actor }, signal);
  const notice = {
    kind: "success",
    title: "Replay of the group cancelled",
    text: "What was not sent is held again. What was sent is decided anew like every message.",
  } as const;
  return { location: groupReplayAddress(id), notice };
}
