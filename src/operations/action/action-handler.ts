import { z } from "zod";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { cutPage, cursorOf, listTop, pageQuery, standardSize } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import type { ActionPage, ActionTaken } from "./action.ts";
import { findAction, listActions, type NumberedAction } from "./action-store.ts";
import { countProgress, listItems, readSubject, type ActionDetails } from "./action-result.ts";
import { listOrderedRuns, listTraces, type AskedMessage } from "./action-result-store.ts";
import { nameRun, summariseAction, type OrderedRun } from "./action-summary.ts";

/** By what actions may be looked for. */
export const actionQuerySchema = z.strictObject(pageQuery);

const querySchema = actionQuerySchema.extend({ before: cursorOf(z.int()).optional() });

/** What is said of a query that does not fit. */
export const badQuery = "The query is not valid";

// A list looks up what became of so many messages; what is older has its result on a page of its own.
const messagesLookedUp = 1_000;

/** What operators did, the newest first. Raises a 400 where the query does not fit. */
export async function searchActions(reads: Executor, query: unknown): Promise<ActionPage> {
  const { size = standardSize, before = listTop } = parseInput(querySchema, query, badQuery);
  const { entries, next } = cutPage(await listActions(reads, before, size + 1), size, ({ id }) => id);
  return { actions: [...(await addResults(reads, entries, messagesLookedUp))], next };
}

/** Adds what became of each; of those alone that are about so many messages in all, the first ones first. */
async function addResults(reads: Executor, entries: readonly NumberedAction[], most: number) {
  const asked = entries.slice(0, countWithin(entries, most));
  const [traces, runs] = await Promise.all([
    listTraces(
      reads,
      asked.flatMap(({ action }) => listMessages(action)),
    ),
    listOrderedRuns(
      reads,
      asked.flatMap(({ action }) => nameRun(action) ?? []),
    ),
  ]);
  const left = [...traces];
  return entries.map(({ id, action }, index) => {
    if (index >= asked.length) return { ...action, id };
    const run = findRun(runs, action);
    const items = listItems(action, left.splice(0, listMessages(action).length), run);
    return { ...action, id, result: summariseAction(action, { items, run }) };
  });
}

function listMessages(action: ActionTaken): readonly AskedMessage[] {
  return readSubject(action).inboxKeys.map((inboxKey) => ({
    inboxKey,
    since: action.takenAt,
    isReplay: action.action === "replay",
  }));
}

/** How many of these actions are about so many messages in all. */
function countWithin(entries: readonly NumberedAction[], most: number): number {
  const places = entries.flatMap(({ action }, index) => listMessages(action).map(() => index));
  return places[most] ?? entries.length;
}

function findRun(runs: readonly OrderedRun[], action: ActionTaken): OrderedRun | null {
  const name = nameRun(action);
  return runs.find(({ kind, id }) => kind === name?.kind && id === name.id) ?? null;
}

const idText = /^[1-9]\d{0,14}$/;

/** An action with what became of each message that it was about. Raises a 404 where there is none of this number. */
export async function getAction(reads: Executor, id: string): Promise<ActionDetails> {
  const found = idText.test(id) ? await findAction(reads, Number(id)) : null;
  if (found === null) throw new HttpError({ status: 404, message: `Action ${id} not found` });
  const { action } = found;
  const name = nameRun(action);
  const [traces, [run = null]] = await Promise.all([
    listTraces(reads, listMessages(action)),
    listOrderedRuns(reads, name === null ? [] : [name]),
  ]);
  const items = listItems(action, traces, run);
  const result = summariseAction(action, { items, run });
  return { ...action, id: found.id, result, items: [...items], progress: countProgress(items) };
}
