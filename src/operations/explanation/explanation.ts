import { z } from "zod";
import { cutPage } from "../../platform/web/paging.ts";
import type { Identifier, NomsNumber } from "../../delius/person/person.ts";
import { toDeliusTime } from "../../delius/schema/delius-time.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import {
  failureSchema,
  messageHeadSchema,
  explainedFactSchema,
  type ExplainedMessage,
  type Explanation,
  type Present,
} from "./explanation-schema.ts";

/** Where a message stands in the list of a case: when it was decided, and the number of its last journal row. */
export const messagePlaceSchema = z.tuple([z.int().min(0).max(8.64e15), z.int()]);

/** See {@link messagePlaceSchema}. */
export type MessagePlace = z.infer<typeof messagePlaceSchema>;

/** A message as it is read: what may be absent is null where the rest is kept as it came. */
export const storedMessageSchema = z.object({
  place: messagePlaceSchema,
  head: messageHeadSchema,
  decisions: z.array(explainedFactSchema.extend({ fact: explainedFactSchema.shape.fact.nullable() })),
  attempts: z.array(failureSchema),
});

type StoredMessage = Readonly<z.infer<typeof storedMessageSchema>>;

type Period = Pick<Explanation["poms"][number], "start" | "end">;

/** Which messages are wanted. */
export interface MessagePageRequest {
  /** Only what stands behind this place; null begins with the newest. */
  readonly before: MessagePlace | null;
  readonly most: number;
}

/** What is told of whatever a number names, as of `now`. */
interface StoredMessages extends Pick<Explanation, "waiting" | "quarantined"> {
  readonly now: Instant;
  /** One more than the page holds where there are more. */
  readonly messages: readonly StoredMessage[];
}

/** What is held of a case. */
export interface StoredCase extends StoredMessages, Pick<Explanation, "custodies"> {
  readonly crn: string;
  readonly nomsNumber: NomsNumber | null;
  readonly poms: readonly Omit<Explanation["poms"][number], "standing">[];
  readonly com: NonNullable<Explanation["com"]> | null;
  readonly responsibleOfficers: readonly Omit<Explanation["responsibleOfficers"][number], "standing">[];
}

/** What is known where a number names no undeleted case, or several. */
export interface OtherCase extends StoredMessages {
  /** Every case in Delius that has the number, deleted ones too. */
  readonly cases: readonly {
    readonly crn: string;
    readonly nomsNumber: NomsNumber | null;
    readonly isDeleted: boolean;
  }[];
}

/** What is shown of a case, and in which order: how it stands, what would happen now, and what happened. */
export function toExplanation(stored: StoredCase, present: Present, size: number): Explanation {
  const { now, crn, nomsNumber, com, custodies } = stored;
  return {
    at: new Date(now).toISOString(),
    inDelius: "present",
    crn,
    ...(nomsNumber === null ? {} : { nomsNumber }),
    poms: stored.poms.map((pom) => ({ standing: findStanding(pom, toDeliusTime(now)), ...pom })),
    ...(com === null ? {} : { com }),
    responsibleOfficers: stored.responsibleOfficers.map((one) => ({
      standing: findStanding(one, toDeliusTime(now)),
      ...one,
    })),
    custodies,
    ...toMessages(stored, present, size),
  };
}

/** The same for a number that names no undeleted case, or several; null where nothing at all is known of it. */
export function toOtherExplanation(
  stored: OtherCase,
  identifier: Identifier,
  { present, size }: { readonly present: Present; readonly size: number },
): Explanation | null {
  const { now, cases, waiting, quarantined, messages } = stored;
  const inDelius = findPresence(stored);
  if (inDelius === "absent" && [waiting, quarantined, messages].every(({ length }) => length === 0)) return null;
  const named = "crn" in identifier ? { crn: identifier.crn } : { nomsNumber: identifier.nomsNumber };
  return {
    at: new Date(now).toISOString(),
    inDelius,
    ...named,
    ...(cases.length === 0 ? {} : { cases: cases.map(({ crn, isDeleted }) => ({ crn, isDeleted })) }),
    poms: [],
    responsibleOfficers: [],
    custodies: [],
    ...toMessages(stored, present, size),
  };
}

function findPresence({ cases }: OtherCase): Explanation["inDelius"] {
  if (cases.length === 0) return "absent";
  return cases.every(({ isDeleted }) => isDeleted) ? "deleted" : "ambiguous";
}

function toMessages({ waiting, quarantined, messages }: StoredMessages, present: Present, size: number) {
  const { entries, next } = cutPage(messages, size, ({ place }) => place);
  return {
    waiting,
    quarantined,
    present,
    messages: entries.map(toExplainedMessage),
    ...(next === undefined ? {} : { next }),
  };
}

function findStanding({ start, end }: Period, now: Instant): "current" | "planned" | "ended" {
  if (Date.parse(start) > now) return "planned";
  return end === undefined || Date.parse(end) > now ? "current" : "ended";
}

function toExplainedMessage({ head, decisions, attempts }: StoredMessage): ExplainedMessage {
  const told = decisions.map(({ fact, ...decision }) => ({ ...decision, ...(fact === null ? {} : { fact }) }));
  return { ...head, decisions: told, attempts };
}
