import { z } from "zod";
import type { Executor } from "../../src/platform/database/database.ts";
import { poisonMessage, type Announcements } from "../announcements.ts";
import { insertSentence, updatePrisonNumber } from "../delius-case-store.ts";
import { countDeliveries } from "../scenario-store.ts";
import type { Sent } from "../settled-message.ts";
import { identifierAdded, sentenceChanged } from "./delius-event.ts";
import { findOther, managers, prisons } from "./page.ts";
import { newPrisoner, prisonOf, type Action } from "./prisoner.ts";
import type { MpcStage } from "./simulator.ts";

const noms = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]\d{4}[A-Z]{2}$/, "must be a NOMS number like A1234BC");
const crn = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]\d{6}$/, "must be a CRN like X123456");
const date = z.union([z.literal("").transform(() => null), z.iso.date()], "must be a date like 2027-01-31, or empty");
const manager = z.string().transform((code, context) => {
  const known = managers.find((one) => String(one.code) === code);
  if (known !== undefined) return known;
  const all = managers.map(({ code: number, surname }) => `${number} (${surname})`).join(", ");
  context.addIssue({ code: "custom", message: `must be one of ${all}` });
  return z.NEVER;
});

/** What one may try out in the sandbox, as a form or `npm run send` asks for it. */
export const tryoutSchema = z.discriminatedUnion("kind", [
  /** Someone else than now, and the prison that the person is in, where none are named. */
  z.object({
    kind: z.literal("allocate"),
    noms,
    manager: manager.optional(),
    prison: z.enum(Object.keys(prisons), `must be one of ${Object.keys(prisons).join(", ")}`).optional(),
  }),
  z.object({ kind: z.literal("deallocate"), noms }),
  z.object({ kind: z.literal("setHandover"), noms, handoverDate: date, handoverStartDate: date }),
  z.object({ kind: z.literal("release"), noms }),
  z.object({ kind: z.literal("addSentence"), crn }),
  z.object({ kind: z.literal("addPrisonNumber"), crn, noms }),
  /** Of the last message where none is named. */
  z.object({ kind: z.literal("duplicate"), inboxKey: z.string().optional() }),
  z.object({ kind: z.literal("poison") }),
  z.object({ kind: z.literal("outage"), state: z.enum(["on", "off"], "must be on or off") }),
]);

const fieldNames: Readonly<Record<string, string>> = {
  kind: "What to try out",
  noms: "The NOMS number",
  crn: "The CRN",
  manager: "The officer",
  prison: "The prison",
  handoverDate: "The handover date",
  handoverStartDate: "The handover start date",
  state: "The outage",
  waitSeconds: "The time to wait",
};

/** What is wrong with a form, in sentences. */
export function describeFaults({ issues }: z.ZodError): string {
  return issues
    .map(({ path: [field = ""], message }) => `${fieldNames[String(field)] ?? String(field)} ${message}.`)
    .join(" ");
}

export type Tryout = z.infer<typeof tryoutSchema>;

/** What one may act on. */
export interface TryoutParts {
  readonly mpc: MpcStage;
  readonly announcements: Announcements;
  readonly database: Executor;
}

/** What a tryout came to: the messages that it sent, or why it cannot be done. */
export type TriedOut =
  | { readonly sent: readonly (Sent & { readonly eventType: string })[] }
  | { readonly refusal: string };

/** Does it, and sends what Manage POM Cases or Delius would send. */
export async function tryOut(parts: TryoutParts, tryout: Tryout): Promise<TriedOut> {
  switch (tryout.kind) {
    case "allocate":
      return act(parts, completeAllocation(parts, tryout));
    case "deallocate":
    case "setHandover":
    case "release":
      return act(parts, tryout);
    case "addSentence":
      return addSentence(parts, tryout.crn);
    case "addPrisonNumber":
      return addPrisonNumber(parts, tryout);
    case "duplicate":
      return deliverAgain(parts, tryout.inboxKey);
    case "poison":
      return { sent: [await parts.announcements.publish(poisonMessage)] };
    case "outage":
      parts.mpc.setOutage(tryout.state === "on");
      return { sent: [] };
  }
}

function completeAllocation(
  { mpc }: TryoutParts,
  { noms: person, manager: officer, prison }: Extract<Tryout, { kind: "allocate" }>,
) {
  const { allocation } = mpc.prisoners().find((one) => one.noms === person) ?? newPrisoner(person);
  return {
    kind: "allocate" as const,
    noms: person,
    manager: officer ?? findOther(allocation),
    prison: prison ?? prisonOf(allocation),
  };
}

async function act({ mpc }: TryoutParts, { noms: person, ...action }: Action & { readonly noms: string }) {
  const published = await mpc.act(person, action);
  return { sent: published.map(({ messageId, eventType }) => ({ inboxKey: messageId, eventType })) };
}

async function addSentence({ database, announcements }: TryoutParts, person: string): Promise<TriedOut> {
  const offenderId = await insertSentence(database, person);
  if (offenderId === null) return { refusal: `Delius has no case ${person} that is not deleted.` };
  return { sent: [await announcements.publish(sentenceChanged({ crn: person, offenderId, at: new Date() }))] };
}

async function addPrisonNumber(
  { database, announcements }: TryoutParts,
  numbers: { readonly crn: string; readonly noms: string },
): Promise<TriedOut> {
  const isAdded = await updatePrisonNumber(database, numbers);
  if (!isAdded) return { refusal: `Delius has no case ${numbers.crn} without a NOMS number.` };
  return { sent: [await announcements.publish(identifierAdded({ ...numbers, at: new Date() }))] };
}

async function deliverAgain({ announcements, database }: TryoutParts, wanted: string | undefined): Promise<TriedOut> {
  const latest = announcements.latest();
  const message = wanted === undefined ? latest[0] : latest.find(({ inboxKey }) => inboxKey === wanted);
  if (message === undefined) return { refusal: "There is no such message to deliver again: send one first." };
  const before = await countDeliveries(database, message.inboxKey);
  await announcements.deliverAgain(message);
  return { sent: [{ ...message, deliveries: Math.max(1, before) + 1 }] };
}
