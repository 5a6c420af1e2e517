import { z } from "zod";
import type { ActionTaken } from "./action.ts";
import { countProgress, orderEnds, type ActionItem } from "./action-result.ts";

/** A run that an action ordered, as it stands. */
export const orderedRunSchema = z.object({
  kind: z.enum(["refresh", "reconciliation"]),
  id: z.string(),
  state: z.enum(["running", "held", "finished", "cancelled", "unfinished"]),
  /** Messages sent, or cases compared, so far. */
  done: z.int(),
  /** Messages that are quarantined, or differences that were found. */
  found: z.int(),
});

/** See {@link orderedRunSchema}. */
export type OrderedRun = Readonly<z.infer<typeof orderedRunSchema>>;

/** Names a run: two kinds of runs have numbers of their own. */
export type RunName = Pick<OrderedRun, "kind" | "id">;

const subjectSchema = z.object({
  refreshRun: z.string().optional().catch(undefined),
  reconciliationRun: z.int().optional().catch(undefined),
  cases: z.int().optional().catch(undefined),
});

/** The run that an action ordered or cancelled; null where it is about none. */
export function nameRun({ action, subject }: Pick<ActionTaken, "action" | "subject">): RunName | null {
  const { refreshRun, reconciliationRun } = subjectSchema.parse(subject);
  if (refreshRun !== undefined) return { kind: "refresh", id: refreshRun };
  const isReconciliation = action === "reconcile" || action === "cancel-reconciliation";
  if (!isReconciliation || reconciliationRun === undefined) return null;
  return { kind: "reconciliation", id: String(reconciliationRun) };
}

/** What became of an action so far, in a few words: from its messages, else from the run that it ordered. */
export function summariseAction(
  action: Pick<ActionTaken, "action" | "subject">,
  { items, run }: { readonly items: readonly ActionItem[]; readonly run: OrderedRun | null },
): string {
  if (items.length > 0) return summariseItems(action, items);
  if (action.action === "replay-group") return "See its page";
  if (action.action === "cancel-reconciliation" || nameRun(action) === null) return "Done";
  if (run === null) return "Not kept any more";
  return run.kind === "refresh" ? summariseRefresh(run, action) : summariseReconciliation(run);
}

function summariseItems(action: Pick<ActionTaken, "action">, items: readonly ActionItem[]): string {
  const { ordered, settled, failed, cancelled } = countProgress(items);
  const refused = items.length - ordered;
  const open = ordered - settled - failed - cancelled;
  const done = orderEnds[action.action] ?? "settled";
  return joinCounts(open > 0 ? `Under way: ${settled} of ${ordered} ${done}` : `${settled} ${done}`, [
    [failed, "quarantined again"],
    [cancelled, "cancelled"],
    [refused, "not done"],
  ]);
}

function summariseRefresh({ state, done, found }: OrderedRun, { subject }: Pick<ActionTaken, "subject">): string {
  const { cases = done } = subjectSchema.parse(subject);
  const sent = state === "running" ? `Under way: ${done} of ${cases} sent` : `${runStates[state]}: ${done} sent`;
  return joinCounts(sent, [[found, "quarantined"]]);
}

function summariseReconciliation({ state, done, found }: OrderedRun): string {
  if (state === "finished") return `Finished: ${found} ${found === 1 ? "difference" : "differences"}`;
  return `${runStates[state]}: ${done} compared`;
}

const runStates = {
  running: "Under way",
  held: "Held after its first cases",
  finished: "Finished",
  cancelled: "Cancelled",
  unfinished: "Not finished",
} as const;

function joinCounts(first: string, counts: readonly (readonly [number: number, what: string])[]): string {
  const named = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return [first, ...named].join(", ");
}
