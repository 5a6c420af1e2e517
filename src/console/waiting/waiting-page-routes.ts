import { z } from "zod";
import { dismissCase, searchWaiting } from "../../operations/waiting/waiting-routes.ts";
import { dismissRequestSchema } from "../../operations/waiting/waiting-schema.ts";
import { listWaitingGroups } from "../../operations/waiting/waiting-store.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import type { View } from "../web/page-sender.ts";
import type { Change, Pages, Visit } from "../web/page-routes.ts";
import { viewDismissal, viewWaiting, waitingHeading, writeWaitingCase } from "./waiting-view.ts";

/** What the pages of waiting cases are built from. */
export interface WaitingPagesSettings {
  readonly reads: Executor;
  readonly database: Database;
}

const path = "/console/waiting";
const [size, fileSize] = [25, 200];
const querySchema = z.object({ waitsFor: z.string().optional(), before: z.string().optional() });
const dismissalSchema = z.object(dismissRequestSchema.shape);
const chosenSchema = dismissalSchema.omit({ reason: true });

/** Adds the cases that wait, a file of them, and how one is dismissed. */
export function addWaitingPages(pages: Pages, settings: WaitingPagesSettings): void {
  const { reads } = settings;
  pages.show(path, (visit) => showWaiting(reads, visit));
  pages.download(`${path}/cases.csv`, async ({ request, now }) => {
    const { waitsFor } = parseInput(querySchema, request.query, "These cases cannot be listed");
    return { name: "waiting-cases.csv", text: writeFile(reads, waitsFor, now) };
  });
  pages.show(`${path}/dismiss`, async ({ request }) => showDismissal(request.query, null));
  pages.change(`${path}/dismiss`, {
    schema: dismissalSchema,
    form: async ({ faults }) => showDismissal(faults?.values, faults),
    page: () => path,
    act: (change) => dismiss(settings, change),
  });
}

async function showWaiting(reads: Executor, { request, now }: Visit): Promise<View> {
  const { waitsFor, before } = parseInput(querySchema, request.query, "These cases cannot be shown");
  const [groups, page] = await Promise.all([
    listWaitingGroups(reads),
    searchWaiting(reads, { size, ...(waitsFor && { waitsFor }), ...(before && { before }) }),
  ]);
  const model = viewWaiting({ groups: [...groups], page, waitsFor, isFirst: before === undefined }, now);
  return { template: "waiting/waiting.njk", title: "Waiting", model };
}

function showDismissal(chosen: unknown, faults: Visit["faults"]): View {
  const model = viewDismissal(parseInput(chosenSchema, chosen, "Choose a case from the list of waiting cases"), faults);
  return { template: "waiting/dismiss.njk", title: `Dismiss ${model.nomsNumber}`, model };
}

async function dismiss(settings: WaitingPagesSettings, change: Change<z.infer<typeof dismissalSchema>>) {
  const { values, actor, signal } = change;
  const { nomsNumber, waitsFor } = await dismissCase(settings, { ...values, actor }, signal);
  const text = `${nomsNumber} does not wait for a ${waitsFor} any more. The next message about it may put it there again.`;
  return { location: path, notice: { kind: "success", title: "Case dismissed", text } as const };
}

async function* writeFile(reads: Executor, waitsFor: string | undefined, now: Instant): AsyncGenerator<string> {
  yield waitingHeading;
  const filter = { size: fileSize, ...(waitsFor && { waitsFor }) };
  let before: string | undefined;
  do {
    const page = await searchWaiting(reads, { ...filter, ...(before && { before }) });
    yield page.cases.map((one) => writeWaitingCase(one, now)).join("");
    before = page.next;
  } while (before !== undefined);
}
