import { z } from "zod";
import { cutPage } from "../../platform/web/paging.ts";
import type { Identifier, NomsNumber } from "../../delius/person/person.ts";
import { toDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import {
  failureSchema,
  messageHeadSchema,
  messagePlaceSchema,
  explainedFactSchema,
  type ExplainedMessage,
  type Explanation,
  type KnownCase,
} from "./explanation-schema.ts";
import { findDateOrigin, findPomOrigin, findResponsibilityOrigin, listMarks, type Hand, type Trail } from "./origin.ts";

type MessagePlace = z.infer<typeof messagePlaceSchema>;

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

/** What is known of anything a number names, as of `now`. */
interface StoredMessages extends Pick<Explanation, "waiting" | "quarantined"> {
  readonly now: Instant;
  /** One more than the page holds where there are more. */
  readonly messages: readonly StoredMessage[];
  readonly marks: Trail["marks"];
}

type Element<Name extends "poms" | "coms" | "responsibleOfficers" | "custodies"> = Explanation[Name][number];
type KeyDate = Element<"custodies">["keyDates"][number];

/** A row as Delius holds it: what is derived from it is not there yet. */
type Stored<Row> = Omit<Row, "standing" | "origin"> & { readonly hand: Hand };

/** What is held of a case. */
export interface StoredCase extends StoredMessages {
  readonly crn: string;
  readonly nomsNumber: NomsNumber | null;
  readonly poms: readonly Stored<Element<"poms">>[];
  readonly com: NonNullable<Explanation["com"]> | null;
  readonly coms: readonly Omit<Element<"coms">, "standing">[];
  readonly responsibleOfficers: readonly (Stored<Element<"responsibleOfficers">> & {
    readonly responsibleOfficerId: number;
  })[];
  readonly custodies: readonly { readonly custodyId: number; readonly keyDates: readonly Stored<KeyDate>[] }[];
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

/** How what is stored is explained. */
export interface ExplanationView {
  readonly size: number;
  /** The Delius user that this service writes as. */
  readonly username: string;
}

/** What is shown of a case, and in which order: how it stands, and what happened. */
export function toKnownCase(stored: StoredCase, view: ExplanationView): KnownCase {
  const { now, crn, nomsNumber, com } = stored;
  return {
    at: new Date(now).toISOString(),
    inDelius: "present",
    crn,
    ...(nomsNumber === null ? {} : { nomsNumber }),
    ...(com === null ? {} : { com }),
    ...toStanding(stored, { marks: stored.marks, username: view.username }),
    ...toMessages(stored, view.size),
  };
}

function toStanding(stored: StoredCase, trail: Trail) {
  const now = toDeliusTime(stored.now);
  return {
    poms: stored.poms.map(({ hand, ...pom }) => ({
      standing: findStanding(pom, now),
      ...pom,
      origin: findPomOrigin(pom, hand, trail),
    })),
    coms: stored.coms.map((com) => ({ standing: findStanding(com, now), ...com })),
    responsibleOfficers: stored.responsibleOfficers.map(({ hand, responsibleOfficerId, ...one }) => ({
      standing: findStanding(one, now),
      ...one,
      origin: findResponsibilityOrigin({ responsibleOfficerId, start: one.start }, hand, trail),
    })),
    custodies: stored.custodies.map(({ custodyId, keyDates }) => ({
      custodyId,
      keyDates: keyDates.map(({ hand, ...keyDate }) => ({ ...keyDate, origin: findDateOrigin(keyDate, hand, trail) })),
    })),
  };
}

/** The same for a number that names no undeleted case, or several; null where nothing at all is known of it. */
export function toOtherCase(stored: OtherCase, identifier: Identifier, { size }: ExplanationView): KnownCase | null {
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
    coms: [],
    responsibleOfficers: [],
    custodies: [],
    ...toMessages(stored, size),
  };
}

function findPresence({ cases }: OtherCase): Explanation["inDelius"] {
  if (cases.length === 0) return "absent";
  return cases.every(({ isDeleted }) => isDeleted) ? "deleted" : "ambiguous";
}

function toMessages({ waiting, quarantined, messages, marks }: StoredMessages, size: number) {
  const { entries, next } = cutPage(messages, size, ({ place }) => place);
  return {
    waiting,
    quarantined,
    timeline: listMarks(marks),
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
