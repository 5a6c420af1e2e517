import { z } from "zod";
import { keysSchemaOf, reasonSchema } from "../../operations/action/action.ts";
import {
  carryOutOrder,
  findChosen,
  previewMessages,
  type Preview,
} from "../../operations/quarantine/quarantine-handler.ts";
import {
  chooseOnce,
  groupSchema,
  maxInOrder,
  type Chosen,
  type OrderName,
} from "../../operations/quarantine/quarantine-schema.ts";
import { listQuarantinedByKey } from "../../operations/quarantine/quarantine-store.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, workWithin } from "../../platform/web/secured-route.ts";
import { checked, viewFaults } from "../web/form-faults.ts";
import { readReturnPath } from "../web/navigation.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import type { View } from "../web/page-sender.ts";
import { quarantinePath } from "./quarantine-address.ts";
import { describeResult } from "./order-result.ts";
import { viewOrder } from "./quarantine-order-view.ts";

/** What the pages of one kind of order are built from. */
export interface OrderPagesSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly preview: Preview;
  readonly stopping: AbortSignal;
  readonly name: OrderName;
  /** The list of messages by a query, for an order that chose none of them. */
  readonly showList: (visit: Visit, query: unknown) => Promise<View>;
}

const from = z
  .string()
  .optional()
  .catch(undefined)
  .transform((given) => readReturnPath(given ?? quarantinePath));
const keysSchema = z.object({
  inboxKey: checked(keysSchemaOf(maxInOrder)),
  group: z.undefined(chooseOnce).optional(),
  from,
});
const chosenGroupSchema = z.object({ group: groupSchema, from });
const badChoice = "These messages cannot be chosen";
// A preview asks Manage POM Cases about each: a page shows what a few would come to, and does not wait for long.
const maxPreviewed = 12;
const previewMs = 8_000;

/** Adds the preview of an order and the order itself. What was previewed is what is ordered, key by key. */
export function addOrderPages(pages: Pages, settings: OrderPagesSettings): void {
  const { name, database } = settings;
  const path = `${quarantinePath}/${name}`;
  pages.show(path, (visit) => showOrder(settings, visit, visit.request.query));
  pages.change(path, {
    schema: keysSchema.extend({ reason: reasonSchema }),
    form: (visit) => showOrder(settings, visit, visit.request.body),
    page: ({ values }) => values.from,
    act: async ({ values, actor, signal }) => {
      const { inboxKey: inboxKeys, reason } = values;
      const answer = await carryOutOrder(database, { name, chosen: { inboxKeys }, actor, reason }, signal);
      return describeResult(name, answer, values.from);
    },
  });
}

interface Choice {
  readonly chosen: Chosen;
  readonly from: string;
}

async function showOrder(settings: OrderPagesSettings, visit: Visit, given: unknown): Promise<View> {
  const choice = readChoice(given);
  if (choice === null) return showUnchosen(settings, visit, given);
  const { reads, name } = settings;
  const { inboxKeys, total } = await findChosen(reads, { ...choice, name });
  const [quarantined, previewed] = await Promise.all([
    listQuarantinedByKey(reads, inboxKeys),
    name === "replay" ? previewSome(settings, inboxKeys) : [],
  ]);
  const facts = { name, inboxKeys, left: total - inboxKeys.length, quarantined, previewed, from: choice.from };
  const model = { ...viewOrder(facts, visit.now), faults: visit.faults };
  return { template: "quarantine/order.njk", title: `Preview: ${model.title}`, model };
}

/** What was chosen; null where nothing was. Raises a 400 for what cannot be. */
function readChoice(given: unknown): Choice | null {
  const named = z
    .object({ group: z.unknown(), inboxKey: z.unknown() })
    .partial()
    .parse(given ?? {});
  if (named.group !== undefined) {
    const { group, from: back } = parseInput(chosenGroupSchema, given, badChoice);
    return { chosen: { group }, from: back };
  }
  if (named.inboxKey === undefined) return null;
  const { inboxKey: inboxKeys, from: back } = parseInput(keysSchema, given, badChoice);
  return { chosen: { inboxKeys }, from: back };
}

/** The list that the empty choice came from, which says what is missing. */
async function showUnchosen({ showList }: OrderPagesSettings, visit: Visit, given: unknown): Promise<View> {
  const { error } = keysSchema.safeParse(given);
  const faults = error === undefined ? visit.faults : viewFaults(error, given);
  const back = from.parse(
    z
      .object({ from: z.unknown() })
      .partial()
      .parse(given ?? {}).from,
  );
  const filters = Object.fromEntries(new URLSearchParams(back.split("?")[1] ?? ""));
  return { ...(await showList({ ...visit, faults }, filters)), status: 400 };
}

/** What a replay of the first messages would come to; null where that is not known in time. */
export async function previewSome(
  { reads, preview, stopping }: Pick<OrderPagesSettings, "reads" | "preview" | "stopping">,
  inboxKeys: readonly string[],
) {
  const chosen = { inboxKeys: inboxKeys.slice(0, maxPreviewed) };
  const limit = { milliseconds: previewMs, stopping };
  try {
    const { results } = await workWithin(limit, (signal) => previewMessages({ reads, preview }, chosen, signal));
    return results;
  } catch (error) {
    if (error instanceof HttpError && error.answer.status === 503) return null;
    throw error;
  }
}
