import { z } from "zod";
import { writeCursor } from "../../platform/web/paging.ts";
import { changeSchema } from "./change-text.ts";
import { markSchema, messagePlaceSchema, type Explanation, type Mark, type Origin } from "./explanation-schema.ts";

/** One journal row of a case, with what it wrote of the records that have an origin; of a dry run, nothing. */
export const storedMarkSchema = markSchema
  .omit({ before: true })
  .extend({ place: messagePlaceSchema, changes: z.array(changeSchema) });

/** Whose hand a row of Delius shows, and when. */
export interface Hand {
  readonly user: string | null;
  readonly at: string;
}

type StoredMark = Readonly<z.infer<typeof storedMarkSchema>>;
type Change = StoredMark["changes"][number];

/** What the origin of a row is found in. */
export interface Trail {
  /** The newest first. */
  readonly marks: readonly StoredMark[];
  /** The Delius user that this service writes as. */
  readonly username: string;
}

/** The messages of journal rows, newest first: one that decided several facts is shown by what weighs most. */
export function listMarks(marks: readonly StoredMark[]): Mark[] {
  const messages = Map.groupBy(marks, ({ inboxKey }) => inboxKey);
  return [...messages.values()].flatMap((rows) => {
    const [newest] = rows;
    if (newest === undefined) return [];
    const { place, changes: _, ...mark } = newest;
    const [at, journalId] = place;
    const outcomeClass = weights.find((one) => rows.some((row) => row.outcomeClass === one)) ?? mark.outcomeClass;
    return [{ ...mark, outcomeClass, before: writeCursor([at, journalId + 1]) }];
  });
}

const weights = ["written", "quarantined", "waiting", "no change"] as const;

/** Where a POM period comes from: the message that added it. */
export function findPomOrigin(
  { officer, start }: Pick<Explanation["poms"][number], "officer" | "start">,
  hand: Hand,
  trail: Trail,
): Origin {
  const isIt = ({ record, before, after }: Change) =>
    record === "POM" &&
    before === null &&
    isSameTime(after?.["start"], start) &&
    after?.["officer"] === officer.code?.trim();
  return toOrigin(findMessage(trail, isIt), hand, trail);
}

/** Where a period of responsibility comes from: the message that added it, or that moved it to this POM. */
export function findResponsibilityOrigin(
  { responsibleOfficerId, start }: { readonly responsibleOfficerId: number; readonly start: string },
  hand: Hand,
  trail: Trail,
): Origin {
  const isIt = ({ record, before, after }: Change) => {
    if (record !== "responsible officer" || after === null) return false;
    if (before === null) return isSameTime(after["start"], start);
    return before["responsibleOfficerId"] === responsibleOfficerId && before["pom"] !== after["pom"];
  };
  return toOrigin(findMessage(trail, isIt), hand, trail);
}

/** Where a handover date comes from: the message that wrote it, as long as no one else did since. */
export function findDateOrigin(
  { type, date }: { readonly type: string; readonly date: string },
  hand: Hand,
  trail: Trail,
): Origin {
  const isIt = ({ record, after }: Change) =>
    record === "key date" && after?.["type"] === type && after["date"] === date;
  return toOrigin(isOurs(hand, trail) ? findMessage(trail, isIt) : undefined, hand, trail);
}

function findMessage({ marks }: Trail, isIt: (change: Change) => boolean): string | undefined {
  return marks.find(({ changes }) => changes.some(isIt))?.inboxKey;
}

function toOrigin(inboxKey: string | undefined, hand: Hand, trail: Trail): Origin {
  const { user, at } = hand;
  return {
    isService: inboxKey !== undefined || isOurs(hand, trail),
    at,
    ...(user === null ? {} : { user }),
    ...(inboxKey === undefined ? {} : { inboxKey }),
  };
}

function isOurs({ user }: Hand, { username }: Trail): boolean {
  return user?.toUpperCase() === username.toUpperCase();
}

function isSameTime(text: unknown, instant: string): boolean {
  return typeof text === "string" && Date.parse(text) === Date.parse(instant);
}
