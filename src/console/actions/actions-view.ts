import { z } from "zod";
import type { ActionPage } from "../../operations/action/action.ts";
import { isOrderOnly, orderEnds, type ActionDetails, type ActionItem } from "../../operations/action/action-result.ts";
import { nameRun } from "../../operations/action/action-summary.ts";
import { describeAction } from "../../operations/action/action-text.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { capitalise, displayCount, displayMoment } from "../web/display.ts";
import {
  groupReplayAddress,
  readReturnPath,
  messageAddress,
  reconciliationAddress,
  refreshAddress,
  writeAddress,
} from "../web/navigation.ts";
import { viewProgress } from "../web/progress-view.ts";

const path = "/console/actions";

/** Who did what, when and why, the newest first. */
export function viewActions({ actions, next }: ActionPage, isFirst: boolean, now: Instant) {
  return {
    rows: actions.map((action) => ({
      href: `${path}/${action.id}`,
      what: describeAction(action),
      actor: action.actor,
      reason: action.reason ?? "none was needed",
      result: action.result ?? "See its page",
      taken: displayMoment(action.takenAt, now),
    })),
    next: next === undefined ? null : writeAddress(path, { before: next }),
    newest: isFirst ? null : path,
  };
}

const states: Readonly<Record<ActionItem["state"], { readonly text: string; readonly colour: string }>> = {
  ordered: { text: "Waiting to be sent", colour: "blue" },
  sent: { text: "Sent", colour: "blue" },
  settled: { text: "Settled", colour: "green" },
  failed: { text: "Quarantined again", colour: "orange" },
  cancelled: { text: "Cancelled before it was sent", colour: "grey" },
  refused: { text: "Not done", colour: "grey" },
};

/** The state of a message or case of long work, as every page shows it. */
export function describeItemState(state: ActionItem["state"]) {
  return states[state];
}

/** One action: what was done, how far it has come and what became of each message. `from` is where it was ordered. */
export function viewAction(details: ActionDetails, from: string | undefined, now: Instant) {
  const { id, action, actor, reason, takenAt, items, progress } = details;
  const address = writeAddress(`${path}/${id}`, { from });
  const back = from === undefined ? path : readReturnPath(from);
  const end = orderEnds[action];
  return {
    what: describeAction(details),
    actor,
    reason: reason ?? "none was needed",
    result: details.result ?? null,
    run: viewRun(details),
    taken: displayMoment(takenAt, now),
    address,
    group: findGroupAddress(details),
    cancel: action === "replay" ? findCancelAddress(items, address) : null,
    back: { href: back, text: from === undefined ? "Actions" : "Back to where you were" },
    progress: items.length === 0 || isOrderOnly(details) ? null : viewProgress(progress),
    summary: listSummary(items),
    items: items.map(({ inboxKey, state, outcomes, message }) => ({
      inboxKey,
      href: messageAddress(inboxKey),
      ...describeItemState(state),
      ...(state === "settled" && end !== undefined ? { text: capitalise(end) } : {}),
      outcomes,
      message: message ?? null,
    })),
  };
}

/** The page of the run that an action ordered, with what became of each case; null where it ordered none. */
function viewRun(action: ActionDetails) {
  const run = nameRun(action);
  if (run === null) return null;
  if (run.kind === "reconciliation")
    return { href: reconciliationAddress(run.id), text: `Reconciliation run ${run.id}` };
  return { href: refreshAddress(run.id), text: `How run ${run.id} goes, with the result of each case` };
}

/** The page of the replay of a group that an action is part of; null for any other. */
function findGroupAddress({ subject }: ActionDetails): string | null {
  const { success, data } = z.object({ groupReplay: z.int() }).safeParse(subject);
  return success ? groupReplayAddress(data.groupReplay) : null;
}

/** Where what is not sent yet is cancelled; null where all is. */
function findCancelAddress(items: readonly ActionItem[], from: string): string | null {
  const unsent = items.filter(({ state }) => state === "ordered");
  const query = new URLSearchParams({ from });
  for (const { inboxKey } of unsent) query.append("inboxKey", inboxKey);
  return unsent.length === 0 ? null : `/console/quarantine/cancel?${query.toString()}`;
}

/** How many messages there are, and of those how many were not taken. */
function listSummary(items: readonly ActionItem[]): string {
  const refused = items.filter(({ state }) => state === "refused").length;
  const all = displayCount(items.length, "message");
  return refused === 0 ? all : `${all}, ${refused} of them not done`;
}
