import { z } from "zod";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { cutPage, cursorOf, listTop, pageQuery, standardSize } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import type { ActionPage } from "./action.ts";
import { findAction, listActions } from "./action-store.ts";
import { countProgress, listItems, readSubject, type ActionDetails } from "./action-result.ts";
import { listTraces } from "./action-result-store.ts";

/** By what actions may be looked for. */
export const actionQuerySchema = z.strictObject(pageQuery);

const querySchema = actionQuerySchema.extend({ before: cursorOf(z.int()).optional() });

/** What is said of a query that does not fit. */
export const badQuery = "The query is not valid";

/** What operators did, the newest first. Raises a 400 where the query does not fit. */
export async function searchActions(reads: Executor, query: unknown): Promise<ActionPage> {
  const { size = standardSize, before = listTop } = parseInput(querySchema, query, badQuery);
  const { entries, next } = cutPage(await listActions(reads, before, size + 1), size, ({ id }) => id);
  return { actions: entries.map(({ id, action }) => ({ ...action, id })), next };
}

const idText = /^[1-9]\d{0,14}$/;

/** An action with what became of each message that it was about. Raises a 404 where there is none of this number. */
export async function getAction(reads: Executor, id: string): Promise<ActionDetails> {
  const found = idText.test(id) ? await findAction(reads, Number(id)) : null;
  if (found === null) throw new HttpError({ status: 404, message: `Action ${id} not found` });
  const { action } = found;
  const { inboxKeys } = readSubject(action);
  const traces = inboxKeys.length === 0 ? [] : await listTraces(reads, inboxKeys, action.takenAt);
  const items = listItems(action, traces);
  return { ...action, id: found.id, items: [...items], progress: countProgress(items) };
}
