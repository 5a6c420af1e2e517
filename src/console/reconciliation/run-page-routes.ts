import { z } from "zod";
import { driftClasses, type DriftClass } from "../../operations/reconciliation/drift.ts";
import { describeRun, requireRun } from "../../operations/reconciliation/reconciliation-routes.ts";
import {
  differencePositionSchema,
  listReported,
  type DifferencePage,
} from "../../operations/reconciliation/run-store.ts";
import type { Executor } from "../../platform/database/database.ts";
import { cursorOf, cutPage } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import type { View } from "../web/page-sender.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import { differencesHeading, viewRun, writeDifference } from "./run-view.ts";

/** What the pages of a run are built from. */
export interface RunPagesSettings {
  readonly reads: Executor;
}

/** The part of an address that names a run. */
export const runParameters = z.object({ id: z.string() });

const [size, fileSize] = [20, 200];
const classSchema = z.object({ class: z.enum(driftClasses).optional() });
const querySchema = classSchema.extend({ before: cursorOf(differencePositionSchema).optional() });
const badQuery = "These differences cannot be shown";

/** Adds the page of a run, with the people behind its differences, and the file of them. */
export function addRunPages(pages: Pages, { reads }: RunPagesSettings): void {
  pages.show("/console/reconciliation/:id", (visit) => showRun(reads, visit));
  pages.download("/console/reconciliation/:id/differences.csv", async ({ request }) => {
    const { id } = await requireRun(reads, runParameters.parse(request.params).id);
    const { class: wanted } = parseInput(classSchema, request.query, badQuery);
    return { name: `reconciliation-${id}.csv`, text: writeFile(reads, id, wanted) };
  });
}

async function showRun(reads: Executor, { request, now }: Visit): Promise<View> {
  const { class: wanted, before } = parseInput(querySchema, request.query, badQuery);
  const run = await requireRun(reads, runParameters.parse(request.params).id);
  const found = await listReported(reads, pageOf(run.id, { wanted, before: before ?? null, most: size + 1 }));
  const { entries: differences, next } = cutPage(found, size, (one) => [one.offenderId, one.id]);
  const facts = { run: describeRun(run), wanted, differences, next, isFirst: before === undefined };
  const title = wanted === undefined ? `Reconciliation run ${run.id}` : `Reconciliation run ${run.id}: ${wanted}`;
  return { template: "reconciliation/run.njk", title, model: viewRun(facts, now) };
}

interface Part extends Pick<DifferencePage, "before" | "most"> {
  readonly wanted: DriftClass | undefined;
}

function pageOf(run: number, { wanted, ...rest }: Part): DifferencePage {
  return { run, classes: wanted === undefined ? driftClasses : [wanted], ...rest };
}

async function* writeFile(reads: Executor, run: number, wanted: DriftClass | undefined): AsyncGenerator<string> {
  yield differencesHeading;
  let before: DifferencePage["before"] = null;
  for (;;) {
    const found = await listReported(reads, pageOf(run, { wanted, before, most: fileSize }));
    yield found.map(writeDifference).join("");
    const last = found.at(-1);
    if (last === undefined || found.length < fileSize) return;
    before = [last.offenderId, last.id];
  }
}
