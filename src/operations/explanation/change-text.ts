import { z } from "zod";
import { parseInstant } from "../../platform/time/london-time.ts";

/** How dates and times are written where the words are read. */
export interface TimeFormat {
  /** Of a calendar date, `yyyy-MM-dd`. */
  readonly date: (date: string) => string;
  /** Of an instant, in ISO text. */
  readonly time: (instant: string) => string;
}

const fieldsSchema = z.record(z.string(), z.unknown());

/** A reason as the journal keeps it, with dates and times as they are written where it is read. */
export function describeReason(reason: string, format: TimeFormat): string {
  return reason
    .replaceAll(/\b(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)\b/g, (whole, ...parts: readonly string[]) => {
      const [day, month, year, time] = parts;
      const instant = parseInstant(`${year}-${month}-${day}T${time}`);
      return instant === null ? whole : format.time(new Date(instant).toISOString());
    })
    .replaceAll(/\b(\d\d)\/(\d\d)\/(\d{4})\b(?! \d\d:)/g, "$3-$2-$1")
    .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, (date) => (z.iso.date().safeParse(date).success ? format.date(date) : date));
}

/** One record of Delius before and after; null where there was none before, or is none after. */
export const changeSchema = z.object({
  record: z.string(),
  before: fieldsSchema.nullable(),
  after: fieldsSchema.nullable(),
});

type Fields = Readonly<z.infer<typeof fieldsSchema>>;

/** A change in words; notes that belong to it stand below it, line by line. */
export interface ChangeView {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Whether a change was made, or would be: a dry run is never to be taken for a write. */
export type Reality = "made" | "rehearsed";

/** What was done to a record, or would be. */
export const changeVerbs = {
  made: { added: "Added", removed: "Removed", changed: "Changed" },
  rehearsed: { added: "Would be added", removed: "Would be removed", changed: "Would be changed" },
} as const satisfies Record<Reality, object>;

/** How a change is put into words. */
export interface ChangeWords {
  readonly reality: Reality;
  readonly format: TimeFormat;
}

/** What one record of Delius was and became, or would have become, in words. */
export function describeChange(change: unknown, words: ChangeWords): ChangeView {
  const { success, data } = changeSchema.safeParse(change);
  if (!success) return { text: JSON.stringify(change), notes: [] };
  const { notes, ...after } = data.after ?? {};
  const lines = typeof notes === "string" ? notes.split("\n").filter((line) => line !== "") : [];
  const record = { ...data, after: data.after === null ? null : after };
  return { text: describeRecord(record, words), notes: lines };
}

function describeRecord({ record, before, after }: z.infer<typeof changeSchema>, words: ChangeWords): string {
  const { added, removed, changed: altered } = changeVerbs[words.reality];
  const { format } = words;
  if (before === null) return `${added}: ${nameRecord(record)} – ${describeFields(after ?? {}, format)}`;
  if (after === null) return `${removed}: ${nameRecord(record)} – ${describeFields(before, format)}`;
  const valueOf = (fields: Fields, name: string) => describeValue(fields[name], format);
  const isChanged = (name: string) => valueOf(before, name) !== valueOf(after, name);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter(isChanged).map((name) => {
    return `${label(name)} ${valueOf(before, name)} → ${valueOf(after, name)}`;
  });
  const same = Object.fromEntries(names.filter((name) => !isChanged(name)).map((name) => [name, after[name]]));
  return `${altered}: ${nameRecord(record)} – ${changed.join(", ")} (${describeFields(same, format)})`;
}

const recordNames: Readonly<Record<string, string>> = { contact: "diary entry", "key date": "handover date" };

function nameRecord(record: string): string {
  return recordNames[record] ?? record;
}

const labels: Readonly<Record<string, string>> = {
  pomId: "POM no.",
  staffId: "officer no.",
  responsibleOfficerId: "no.",
  keyDateId: "no.",
  email: "e-mail",
  pom: "POM no.",
};

function label(name: string): string {
  return labels[name] ?? name;
}

function describeFields(fields: Fields, format: TimeFormat): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) =>
      name === "pom" && value === "new" ? "the new POM" : `${label(name)} ${describeValue(value, format)}`,
    )
    .join(", ");
}

function describeValue(value: unknown, format: TimeFormat): string {
  if (value === null || value === undefined) return "none";
  if (typeof value !== "string") return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return format.date(value);
  const instant = parseInstant(value);
  return instant === null ? value : format.time(new Date(instant).toISOString());
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
export function describeAnswer(answer: unknown, format: TimeFormat): string {
  if (answer === null || answer === undefined) return "It was not asked, or its answer could not be used.";
  const { success, data } = answerSchema.safeParse(answer);
  return success ? describeKnown(data, format) : JSON.stringify(answer);
}

function describeKnown(answer: z.infer<typeof answerSchema>, format: TimeFormat): string {
  switch (answer.kind) {
    case "dates": {
      const [start, date] = [answer.handoverStartDate, answer.handoverDate].map((one) => describeDate(one, format));
      return `Handover start date ${start}, handover date ${date}.`;
    }
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

function describeDate(date: string | null | undefined, format: TimeFormat): string {
  if (date === undefined) return "not mentioned";
  return date === null ? "no longer applies" : format.date(date);
}
