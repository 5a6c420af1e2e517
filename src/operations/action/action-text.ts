import { z } from "zod";
import type { ActionTaken } from "./action.ts";

const subjectSchema = z.looseObject({
  inboxKeys: z.array(z.string()).default([]),
  nomsNumber: z.string().default(""),
  fact: z.string().default(""),
  queue: z.string().default(""),
  messagesFoundCount: z.int().optional(),
  reconciliationRun: z.int().default(0),
  refreshRun: z.string().default(""),
  group: z.string().default(""),
  messages: z.int().default(0),
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
  "cancel-replay": ({ inboxKeys }) => `Replay of ${counted(inboxKeys.length, "quarantined message")} cancelled`,
  "replay-group": ({ group, messages }) => `Replay of ${counted(messages, "message")} held for ${group} ordered`,
  "cancel-group-replay": ({ group }) => `Replay of the messages held for ${group} cancelled`,
  dismiss: ({ nomsNumber, fact }) => `${nomsNumber} no longer waits for its ${facts[fact] ?? fact}: dismissed`,
  refresh: ({ inboxKeys, dryRun }) =>
    `${dryRun ? `${rehearsal} of a refresh` : "Refresh"} of ${counted(inboxKeys.length, "case")} ordered`,
  repair: ({ cases, reconciliationRun, dryRun }) =>
    `${dryRun ? `${rehearsal} of a repair` : "Repair"} of ${counted(cases, "case")} of reconciliation run ${reconciliationRun} ordered`,
  reconcile: ({ reconciliationRun }) => `Reconciliation run ${reconciliationRun} ordered`,
  "cancel-reconciliation": ({ reconciliationRun }) => `Reconciliation run ${reconciliationRun} cancelled`,
  "continue-refresh": ({ refreshRun }) => `Refresh run ${refreshRun} continued after its first cases`,
  "cancel-refresh": ({ refreshRun }) => `Refresh run ${refreshRun} cancelled`,
  "retry-dlq": describeRedrive,
  "retry-all-dlqs": describeRedrive,
  "purge-queue": ({ queue, messagesFoundCount = 0 }) => `${queue} purged of ${counted(messagesFoundCount, "message")}`,
  "get-dlq-messages": ({ queue }) => `Messages of ${queue} looked at`,
};

function describeRedrive({ queue, inboxKeys, messagesFoundCount = inboxKeys.length }: Subject): string {
  return `${counted(messagesFoundCount, "message")} of ${queue} sent again`;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What an operator did, in words. */
export function describeAction({ action, subject }: Pick<ActionTaken, "action" | "subject">): string {
  const describe = Object.hasOwn(sentences, action) ? sentences[action] : undefined;
  const { success, data } = subjectSchema.safeParse(subject);
  return (success ? describe?.(data) : undefined) ?? `Action ${action}`;
}
