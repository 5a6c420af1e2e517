import { z } from "zod";
import { formatLondonDate, formatLondonTime, parseInstant } from "../../platform/time/london-time.ts";

const fieldsSchema = z.record(z.string(), z.unknown());

const changeSchema = z.object({ record: z.string(), before: fieldsSchema.nullable(), after: fieldsSchema.nullable() });

type Fields = Readonly<z.infer<typeof fieldsSchema>>;

/** A change in words; notes that belong to it stand below it, line by line. */
export interface ChangeText {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Whether a change was made, or would be: a dry run is never to be taken for a write. */
export type Reality = "made" | "rehearsed";

const verbs = {
  made: { added: "Added", removed: "Removed", changed: "Changed" },
  rehearsed: { added: "Would be added", removed: "Would be removed", changed: "Would be changed" },
} as const satisfies Record<Reality, object>;

/** What one record of Delius was and became, or would have become, in words. */
export function formatChange(change: unknown, reality: Reality): ChangeText {
  const { success, data } = changeSchema.safeParse(change);
  if (!success) return { text: JSON.stringify(change), notes: [] };
  const { notes, ...after } = data.after ?? {};
  const lines = typeof notes === "string" ? notes.split("\n").filter((line) => line !== "") : [];
  const record = { ...data, after: data.after === null ? null : after };
  return { text: describeRecord(record, verbs[reality]), notes: lines };
}

function describeRecord(
  { record, before, after }: z.infer<typeof changeSchema>,
  { added, removed, changed: altered }: (typeof verbs)[Reality],
): string {
  if (before === null) return `${added}: ${nameRecord(record)} – ${describeFields(after ?? {})}`;
  if (after === null) return `${removed}: ${nameRecord(record)} – ${describeFields(before)}`;
  const isChanged = (name: string) => describeValue(before[name]) !== describeValue(after[name]);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter(isChanged).map((name) => {
    return `${label(name)} ${describeValue(before[name])} → ${describeValue(after[name])}`;
  });
  const same = Object.fromEntries(names.filter((name) => !isChanged(name)).map((name) => [name, after[name]]));
  return `${altered}: ${nameRecord(record)} – ${changed.join(", ")} (${describeFields(same)})`;
}

const recordNames: Readonly<Record<string, string>> = { contact: "diary entry", "key date": "handover date" };

function nameRecord(record: string): string {
  return recordNames[record] ?? record;
}

const labels: Readonly<Record<string, string>> = {
  pomId: "POM no.",
  responsibleOfficerId: "no.",
  keyDateId: "no.",
  email: "e-mail",
  pom: "POM no.",
};

function label(name: string): string {
  return labels[name] ?? name;
}

function describeFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) =>
      name === "pom" && value === "new" ? "the new POM" : `${label(name)} ${describeValue(value)}`,
    )
    .join(", ");
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value !== "string") return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return formatDay(value);
  const instant = parseInstant(value);
  return instant === null ? value : formatLondonTime(instant);
}

/** A calendar date as `dd/MM/yyyy`. */
export function formatDay(date: string): string {
  return formatLondonDate(Date.parse(`${date}T12:00:00Z`));
}

/** An instant as London's clocks showed it. */
export function formatMoment(instant: string): string {
  return formatLondonTime(Date.parse(instant));
}

const answerSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("dates"),
    nomsNumber: z.string().optional(),
    handoverDate: z.string().nullable().optional(),
    handoverStartDate: z.string().nullable().optional(),
  }),
  z.object({ kind: z.literal("noData") }),
  z.object({
    kind: z.literal("allocated"),
    prisonCode: z.string(),
    manager: z.object({
      code: z.int().optional(),
      forename: z.string(),
      surname: z.string(),
      email: z.string().nullish(),
    }),
  }),
  z.object({ kind: z.literal("deallocated") }),
  z.object({ kind: z.literal("notReady") }),
]);

/** What Manage POM Cases answered, in words; null is that it was not asked, or that its answer could not be used. */
export function formatAnswer(answer: unknown): string {
  if (answer === null || answer === undefined) return "It was not asked, or its answer could not be used.";
  const { success, data } = answerSchema.safeParse(answer);
  return success ? describeAnswer(data) : JSON.stringify(answer);
}

function describeAnswer(answer: z.infer<typeof answerSchema>): string {
  switch (answer.kind) {
    case "dates":
      return `Handover start date ${answeredDate(answer.handoverStartDate)}, handover date ${answeredDate(answer.handoverDate)}.`;
    case "noData":
      return "It has no handover dates for this case.";
    case "allocated":
      return describeManager(answer.manager, answer.prisonCode);
    case "deallocated":
      return "The case has no POM.";
    case "notReady":
      return "The case is not ready to be given a POM.";
  }
}

interface Manager {
  readonly code?: number | undefined;
  readonly forename: string;
  readonly surname: string;
  readonly email?: string | null | undefined;
}

function describeManager({ code, forename, surname, email }: Manager, prisonCode: string): string {
  const details = [...(code === undefined ? [] : [`NOMIS staff code ${code}`]), email ?? "no e-mail"].join(", ");
  return `The POM is ${forename} ${surname} (${details}) at prison ${prisonCode}.`;
}

function answeredDate(date: string | null | undefined): string {
  if (date === undefined) return "not mentioned";
  return date === null ? "no longer applies" : formatDay(date);
}
