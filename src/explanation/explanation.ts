import { z } from "zod";
import { cutPage } from "../operations/paging.ts";
import type { Crn, NomsNumber } from "../person/person.ts";
import type { Instant } from "../time/london-time.ts";
import {
  failureSchema,
  messageHeadSchema,
  toldFactSchema,
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
  decisions: z.array(toldFactSchema.extend({ fact: toldFactSchema.shape.fact.nullable() })),
  attempts: z.array(failureSchema),
});

type StoredMessage = Readonly<z.infer<typeof storedMessageSchema>>;

type Period = Pick<Explanation["poms"][number], "start" | "end">;

/** What is held of a case, as of `now`. */
export interface StoredExplanation extends Pick<Explanation, "custodies" | "waiting" | "quarantined"> {
  readonly now: Instant;
  readonly crn: Crn;
  readonly nomsNumber: NomsNumber | null;
  readonly poms: readonly Omit<Explanation["poms"][number], "standing">[];
  readonly com: NonNullable<Explanation["com"]> | null;
  readonly responsibleOfficers: readonly Omit<Explanation["responsibleOfficers"][number], "standing">[];
  /** One more than the page holds where there are more. */
  readonly messages: readonly StoredMessage[];
}

/** What is shown of a case, and in which order: how it stands, what would happen now, and what happened. */
export function toExplanation(stored: StoredExplanation, present: Present, size: number): Explanation {
  const { now, crn, nomsNumber, com, custodies, waiting, quarantined } = stored;
  const { entries, next } = cutPage(stored.messages, size, ({ place }) => place);
  return {
    at: new Date(now).toISOString(),
    crn,
    ...(nomsNumber === null ? {} : { nomsNumber }),
    poms: stored.poms.map((pom) => ({ standing: findStanding(pom, now), ...pom })),
    ...(com === null ? {} : { com }),
    responsibleOfficers: stored.responsibleOfficers.map((one) => ({ standing: findStanding(one, now), ...one })),
    custodies,
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
