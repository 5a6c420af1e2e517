import { z } from "zod";
import { formatLondonDate, formatLondonTime, parseInstant } from "../src/platform/time/london-time.ts";
import type { Line } from "./terminal.ts";

const recordSchema = z.record(z.string(), z.unknown()).nullable();

/** A record of Delius before and after, as the journal keeps it. */
export const changeSchema = z.object({ record: z.string(), before: recordSchema, after: recordSchema });

/** What the journal says of one fact of a message. */
export const entrySchema = z.object({
  nomsNumber: z.string().nullable(),
  /** Missing in a story that was kept before it was read. */
  crn: z.string().nullish(),
  eventType: z.string().nullable(),
  outcome: z.string(),
  outcomeClass: z.enum(["written", "no change", "waiting", "quarantined"]),
  reasons: z.array(z.string()).readonly(),
  changes: z.array(changeSchema).readonly(),
  /** Whether nothing was written, no matter what the outcome. */
  dryRun: z.boolean().default(false),
});

/** What happened in one step of the scenario. */
export const shownStepSchema = z.object({
  title: z.string(),
  /** What was done in Manage POM Cases or on the queue, in words. */
  done: z.string(),
  event: z.string(),
  inboxKey: z.string(),
  entries: z.array(entrySchema).readonly(),
  /** Whether the diary entries of this step are shown whole. */
  isShownWhole: z.boolean(),
});

export type Change = Readonly<z.infer<typeof changeSchema>>;

export type Entry = Readonly<z.infer<typeof entrySchema>>;

export type ShownStep = Readonly<z.infer<typeof shownStepSchema>>;

const tones = { written: "good", "no change": "faint", waiting: "notable", quarantined: "bad" } as const;

/** An outcome in the colour of its class; that of a dry run is not to be taken for a write. */
export function describeOutcome({
  outcome,
  outcomeClass,
  dryRun,
}: Pick<Entry, "outcome" | "outcomeClass" | "dryRun">): Line {
  if (dryRun) return { text: `→ dry run, nothing was written: would be ${outcome}`, tone: "faint", hanging: 2 };
  return { text: `→ ${outcome}`, tone: tones[outcomeClass], hanging: 2 };
}

/** What an entry changed in Delius, a line or two for each record; what else it did where it changed nothing. */
export function describeChanges(
  { changes, outcomeClass, dryRun }: Entry,
  describeNotes: (notes: string) => string = shorten,
): readonly Line[] {
  const told = changes.flatMap((change) => formatChange(change, describeNotes));
  if (dryRun) return told.map(({ text }) => ({ text: `would be: ${text}`, tone: "faint", hanging: 4 }));
  if (told.length > 0) return told;
  const texts = {
    written: "nothing",
    "no change": "nothing",
    waiting: "nothing; it waits, and is in the list of waiting cases",
    quarantined: "nothing; the message is in quarantine, whole",
  };
  return [{ text: texts[outcomeClass], tone: "faint" }];
}

function shorten(notes: string): string {
  return notes.split("\n").filter(Boolean).join(" · ");
}

function formatChange({ record, before, after }: Change, describeNotes: (notes: string) => string): readonly Line[] {
  if (record === "contact" && after !== null) return describeContact(after, describeNotes);
  if (before === null) return [{ text: `+ ${record}: ${describeFields(after ?? {})}`, tone: "good", hanging: 2 }];
  if (after === null) return [{ text: `- ${record}: ${describeFields(before)}`, tone: "bad", hanging: 2 }];
  const differences = Object.keys(after).filter((name) => describeValue(before[name]) !== describeValue(after[name]));
  const changed = differences.map((name) => `${name} ${describeValue(before[name])} → ${describeValue(after[name])}`);
  const same = Object.keys(after).filter((name) => !differences.includes(name) && !standing.has(name));
  const which = describeFields(Object.fromEntries(same.map((name) => [name, after[name]])));
  return [{ text: `~ ${record}: ${which}: ${changed.join(", ")}`, tone: "notable", hanging: 2 }];
}

/** Fields that do not help to say which record it is. */
const standing: ReadonlySet<string> = new Set(["email", "reason", "team", "start", "end"]);

function describeContact(
  { type, notes }: Readonly<Record<string, unknown>>,
  describeNotes: (notes: string) => string,
): readonly Line[] {
  return [
    { text: `+ contact: type ${String(type)}`, tone: "good", hanging: 2 },
    { text: `  ${describeNotes(String(notes))}`, tone: "faint", hanging: 2 },
  ];
}

const labels: Readonly<Record<string, string>> = {
  pomId: "#",
  responsibleOfficerId: "#",
  keyDateId: "#",
  email: "e-mail ",
  pom: "of POM #",
};

/** An officer's code says who it is: the scenario has none without. */
function describeFields(fields: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(fields).filter(([name, value]) => value !== null && name !== "staffId");
  return told.map(([name, value]) => describeField(name, value)).join(", ");
}

function describeField(name: string, value: unknown): string {
  if (name === "pom" && value === "new") return "of the new POM";
  return `${labels[name] ?? `${name} `}${describeValue(value)}`;
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value !== "string") return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return formatLondonDate(Date.parse(`${value}T12:00:00Z`));
  const instant = parseInstant(value);
  return instant === null ? value : formatLondonTime(instant);
}
