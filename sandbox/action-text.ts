import { z } from "zod";
import type { ActionTaken } from "../src/operations/action/action.ts";
import { counted } from "../src/commands/terminal/counted.ts";
import type { Happening } from "./report.ts";

const subjectSchema = z.looseObject({
  inboxKeys: z.array(z.string()).default([]),
  nomsNumber: z.string().default(""),
  fact: z.string().default(""),
  queue: z.string().default(""),
  messagesFoundCount: z.int().default(0),
  reconciliationRun: z.int().default(0),
  cases: z.int().default(0),
  dryRun: z.boolean().default(false),
});

type Subject = Readonly<z.infer<typeof subjectSchema>>;

const facts: Readonly<Record<string, string>> = { handover: "handover dates", allocation: "POM allocation" };

const rehearsal = "Dry run, which writes nothing,";

/** What each kind of action did to what. */
const sentences: Readonly<Record<string, (subject: Subject) => string>> = {
  pause: () => "Intake paused",
  resume: () => "Intake resumed",
  replay: ({ inboxKeys }) => `Replay of ${counted(inboxKeys.length, "quarantined message")} ordered`,
  discard: ({ inboxKeys }) => `${counted(inboxKeys.length, "quarantined message")} discarded`,
  restore: ({ inboxKeys }) => `${counted(inboxKeys.length, "discarded message")} restored`,
  dismiss: ({ nomsNumber, fact }) => `${nomsNumber} no longer waits for its ${facts[fact] ?? fact}: dismissed`,
  refresh: ({ inboxKeys, dryRun }) =>
    `${dryRun ? `${rehearsal} of a refresh` : "Refresh"} of ${counted(inboxKeys.length, "case")} ordered`,
  repair: ({ cases, reconciliationRun, dryRun }) =>
    `${dryRun ? `${rehearsal} of a repair` : "Repair"} of ${counted(cases, "case")} of reconciliation run ${reconciliationRun} ordered`,
  "retry-dlq": ({ queue, messagesFoundCount }) => `${counted(messagesFoundCount, "message")} of ${queue} sent again`,
  "retry-all-dlqs": ({ queue, messagesFoundCount }) =>
    `${counted(messagesFoundCount, "message")} of ${queue} sent again`,
  "purge-queue": ({ queue, messagesFoundCount }) => `${queue} purged of ${counted(messagesFoundCount, "message")}`,
  "get-dlq-messages": ({ queue }) => `Messages of ${queue} looked at`,
};

/** What an operator did, and why. */
export function describeAction({ action, actor, reason, subject }: ActionTaken): Happening {
  const describe = Object.hasOwn(sentences, action) ? sentences[action] : undefined;
  const what = describe?.(subjectSchema.parse(subject)) ?? `Action ${action}`;
  const why = reason === undefined ? "" : `, because: ${reason}`;
  return { title: `${what} by ${actor}${why}`, lines: [] };
}
