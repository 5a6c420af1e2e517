import { z } from "zod";
import { readIdentifier } from "../../delius/person/person.ts";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { cutPage, cursorOf, standardSize, writeCursor } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import { outcomeClasses } from "../../sync/fact/outcome.ts";
import { keysOf, originalKey } from "../../sync/events/case-event.ts";
import { inboxKeySchema } from "../action/action.ts";
import { listActionsAbout } from "../action/action-store.ts";
import { getMessageDetails } from "./message-detail-store.ts";
import { messageQuerySchema, type MessagePage, type WholeMessage } from "./message-schema.ts";
import {
  findMessageFloor,
  listMessages,
  listMessagesOfPerson,
  type MessagePosition,
  type MessageQuery,
} from "./message-store.ts";

type Query = z.infer<typeof querySchema>;

// A page that finds little looks through so many journal rows and no more: the caller asks for the next.
const rowsLookedThrough = 20_000;
const position = z.tuple([z.int().min(0).max(8.64e15), z.int()]);
const personSchema = z
  .string()
  .max(20)
  .transform((text, context) => {
    const person = readIdentifier(text);
    if (person !== null) return person;
    context.addIssue({ code: "custom", message: "This is neither a CRN nor a NOMS number" });
    return z.NEVER;
  });
const querySchema = messageQuerySchema.extend({
  identifier: personSchema.optional(),
  before: cursorOf(position).optional(),
});

/** What is said of a query that does not fit. */
export const badQuery = "The query is not valid";

/** Finds messages by a caller's query, the newest first. Raises a 400 with every field that does not fit. */
export async function searchMessages(reads: Executor, given: unknown): Promise<MessagePage> {
  const asked = parseInput(querySchema, given, badQuery);
  const { size = standardSize, identifier: person } = asked;
  const query = toStoreQuery(asked, size + 1);
  if (person === undefined) return answerAll(reads, query, size);
  const found = await listMessagesOfPerson(reads, query, person);
  const { entries, next } = cutPage(found, size, toPosition);
  return { messages: entries.map(({ message }) => message), next };
}

async function answerAll(reads: Executor, query: MessageQuery, size: number): Promise<MessagePage> {
  const floor = await findMessageFloor(reads, query, rowsLookedThrough);
  const { entries, next } = cutPage(await listMessages(reads, query, floor), size, toPosition);
  const further = floor === null ? undefined : writeCursor(toPosition(floor));
  return { messages: entries.map(({ message }) => message), next: next ?? further };
}

function toPosition({ at, id }: MessagePosition): readonly number[] {
  return [at, id];
}

function toStoreQuery(asked: Query, most: number): MessageQuery {
  const { outcome, outcomeClass, eventType = null, dryRun, from, to, before } = asked;
  return {
    outcomes: outcome === undefined && outcomeClass === undefined ? null : chooseOutcomes(outcome, outcomeClass),
    eventType,
    dryRun: dryRun === undefined ? null : dryRun === "true",
    from: from === undefined ? null : Date.parse(from),
    to: to === undefined ? null : Date.parse(to),
    before: before === undefined ? null : { at: before[0], id: before[1] },
    most,
  };
}

function chooseOutcomes(outcome: string | undefined, outcomeClass: string | undefined): readonly string[] {
  return Object.entries(outcomeClasses)
    .filter(([name, itsClass]) => (outcome ?? name) === name && (outcomeClass ?? itsClass) === itsClass)
    .map(([name]) => name);
}

/** Everything that is known of a message, by its key or that of a replay. Raises a 404 where nothing is. */
export async function getMessage(reads: Executor, asked: string): Promise<WholeMessage> {
  const notFound = new HttpError({ status: 404, message: `Message ${asked} not found` });
  if (!inboxKeySchema.safeParse(asked).success) throw notFound;
  const inboxKey = originalKey(asked);
  const [details, actions] = await Promise.all([
    getMessageDetails(reads, inboxKey, keysOf(inboxKey)),
    listActionsAbout(reads, inboxKey),
  ]);
  const { settlements, journal, attempts, quarantine } = details;
  const isKnown = [settlements, journal, attempts, quarantine, actions].some((found) => found.length > 0);
  if (!isKnown) throw notFound;
  return { inboxKey, ...details, actions: [...actions] };
}
