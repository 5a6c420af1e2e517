import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, securedRoute } from "../../platform/web/secured-route.ts";
import { outcomeClasses } from "../../sync/fact/outcome.ts";
import { readIdentifier } from "../../delius/person/person.ts";
import { inboxKeySchema } from "../action/action.ts";
import { listActionsAbout } from "../action/action-store.ts";
import { listAttemptsOf, listDecisionsOf, listQuarantineOf, listEntriesOf } from "./message-detail-store.ts";
import { messageExamples, messagePageSchema, messageQuerySchema, wholeMessageSchema } from "./message-schema.ts";
import {
  findMessageFloor,
  listMessages,
  listMessagesOfPerson,
  type MessagePosition,
  type MessageQuery,
} from "./message-store.ts";
import { cutPage, cursorOf, standardSize, writeCursor } from "../../platform/web/paging.ts";
import { keysOf, originalKey } from "../../sync/fact/replay-key.ts";

/** What the routes of messages are built from. */
export interface MessageRoutesSettings {
  readonly reads: Executor;
}

type Answer<Schema extends z.ZodType> = Readonly<z.input<Schema>>;
type Query = z.infer<typeof querySchema>;

// A page that finds little looks through so many journal rows and no more: the caller asks for the next.
const rowsLookedThrough = 20_000;
const position = z.tuple([z.int().min(0).max(8.64e15), z.int()]);
const querySchema = messageQuerySchema.extend({ before: cursorOf(position).optional() });
const badQuery = "The query is not valid";
const parameters = z.object({
  inboxKey: z
    .string()
    .meta({ description: "Key of the message, or of one of its replays", examples: [messageExamples.whole.inboxKey] }),
});

/** Adds the list of messages and everything that is known of one. */
export function addMessageRoutes(app: FastifyInstance, { reads }: MessageRoutesSettings): void {
  app.get("/operations/messages", listRoute, ({ query }) =>
    answerPage(reads, parseInput(querySchema, query, badQuery)),
  );
  app.get<{ Params: z.infer<typeof parameters> }>("/operations/messages/:inboxKey", oneRoute, ({ params }) =>
    answerWhole(reads, params.inboxKey),
  );
}

const listRoute = securedRoute(viewers, {
  tag: "Messages",
  operationId: "listMessages",
  summary: "Messages that were settled, newest first",
  query: messageQuerySchema,
  answer: { description: "A page of messages", schema: messagePageSchema, example: messageExamples.page },
  errors: { 400: describeError(400, badQuery) },
});

const oneRoute = securedRoute(viewers, {
  tag: "Messages",
  operationId: "getMessage",
  summary: "Everything that is known of a message and of its replays",
  params: parameters,
  answer: { description: "The message", schema: wholeMessageSchema, example: messageExamples.whole },
  errors: { 404: describeError(404, `Message ${messageExamples.whole.inboxKey} not found`) },
});

async function answerPage(reads: Executor, asked: Query): Promise<Answer<typeof messagePageSchema>> {
  const { size = standardSize, identifier } = asked;
  const query = toStoreQuery(asked, size + 1);
  if (identifier === undefined) return answerAll(reads, query, size);
  const person = readIdentifier(identifier);
  if (person === null) throw refuseIdentifier();
  const found = await listMessagesOfPerson(reads, query, person);
  const { entries, next } = cutPage(found, size, toPosition);
  return { messages: entries.map(({ message }) => message), next };
}

async function answerAll(
  reads: Executor,
  query: MessageQuery,
  size: number,
): Promise<Answer<typeof messagePageSchema>> {
  const floor = await findMessageFloor(reads, query, rowsLookedThrough);
  const { entries, next } = cutPage(await listMessages(reads, query, floor), size, toPosition);
  const further = floor === null ? undefined : writeCursor(toPosition(floor));
  return { messages: entries.map(({ message }) => message), next: next ?? further };
}

function toPosition({ at, id }: MessagePosition): readonly number[] {
  return [at, id];
}

function toStoreQuery(asked: Query, most: number): MessageQuery {
  const { outcome, outcomeClass, eventType = null, from, to, before } = asked;
  return {
    outcomes: outcome === undefined && outcomeClass === undefined ? null : chooseOutcomes(outcome, outcomeClass),
    eventType,
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

function refuseIdentifier(): HttpError {
  const fields = [{ field: "identifier", message: "This is neither a CRN nor a NOMS number" }];
  return new HttpError({ status: 400, message: badQuery, fields });
}

async function answerWhole(reads: Executor, asked: string): Promise<Answer<typeof wholeMessageSchema>> {
  const notFound = new HttpError({ status: 404, message: `Message ${asked} not found` });
  if (!inboxKeySchema.safeParse(asked).success) throw notFound;
  const inboxKey = originalKey(asked);
  const keys = keysOf(inboxKey);
  const [settlements, journal, attempts, quarantine, actions] = await Promise.all([
    listEntriesOf(reads, keys),
    listDecisionsOf(reads, keys),
    listAttemptsOf(reads, keys),
    listQuarantineOf(reads, inboxKey),
    listActionsAbout(reads, inboxKey),
  ]);
  const isKnown = [settlements, journal, attempts, quarantine, actions].some((found) => found.length > 0);
  if (!isKnown) throw notFound;
  return { inboxKey, settlements, journal, attempts, quarantine, actions: [...actions] };
}
