import { z } from "zod";
import { setText, type Paragraph, type TextSurface } from "./terminal-text.ts";
import { describeAnswer } from "../../operations/explanation/change-text.ts";
import { terminalTimes } from "./terminal-times.ts";
import { counted } from "./counted.ts";
import type { ReportedDifference } from "./drift-report.ts";
import { listRepairable } from "../../operations/refresh/refresh-message.ts";

/** How many cases a terminal shows. */
const shownCases = 20;

const factNames = { allocation: "POM allocation", handover: "handover dates" } as const;

const widest = 120;

/** What is written to. */
export type Screen = Readonly<Pick<NodeJS.WriteStream, "isTTY" | "columns">>;

/** Who differs stands on a terminal, where someone looks at it, and in no log that keeps what a job writes. */
export function describeCases(screen: Screen, found: readonly ReportedDifference[], total: number): string {
  if (found.length === 0) return "";
  if (!screen.isTTY) return "Add --csv or --json for the cases, with --to for a file.\n";
  return `\n${writeDifferences({ width: Math.min(screen.columns, widest), hasEmphasis: true }, found, total)}`;
}

/**
 * The first cases that differ, with what Manage POM Cases says beside what Delius holds, and what to type next. `total` is
 * the number of all differences.
 */
export function writeDifferences(
  surface: TextSurface,
  differences: readonly ReportedDifference[],
  total: number,
): string {
  const cases = [...new Set(differences.map(({ nomsNumber }) => nomsNumber))].slice(0, shownCases);
  const shown = differences.filter(({ nomsNumber }) => cases.includes(nomsNumber));
  const rest = total - shown.length;
  const more = rest === 0 ? [] : [{ text: `… and ${counted(rest, "difference")} more: add --csv or --json.` }];
  // Commands are not wrapped: one copies them.
  return [setText(surface, [...shown.flatMap(describe), ...more]), "", ...suggest(shown), ""].join("\n");
}

function describe({
  nomsNumber,
  fact,
  class: name,
  outcome,
  inMpc,
  inDelius,
}: ReportedDifference): readonly Paragraph[] {
  const what = fact === null ? "the case" : factNames[fact];
  return [
    { text: `${nomsNumber}, ${what}: ${name} (${outcome})`, isStrong: true },
    { text: `In Manage POM Cases: ${describeMpc(inMpc)}`, indent: 2 },
    { text: `In Delius:           ${describeDelius(inDelius)}`, indent: 2 },
  ];
}

const staffCodesSchema = z.object({ staffCodes: z.array(z.int()) });
const officerSchema = z.object({ officer: z.string() });
const unreadableSchema = z.object({ unreadable: z.string() });

function describeMpc(answer: unknown): string {
  const shared = staffCodesSchema.safeParse(answer).data;
  return shared === undefined
    ? describeAnswer(answer, terminalTimes)
    : `Several officers: staff codes ${shared.staffCodes.join(", ")}.`;
}

// As it was kept, with the times of Delius written as instants.
const standingShape = z
  .object({
    poms: z.array(
      z.object({
        officer: z.string().nullable(),
        name: z.string(),
        email: z.string().nullish(),
        provider: z.string(),
        start: z.iso.datetime(),
      }),
    ),
    keyDates: z.array(z.object({ type: z.string(), date: z.iso.date() })),
  })
  .partial();

function describeDelius(standing: unknown): string {
  const officer = officerSchema.safeParse(standing).data?.officer;
  if (officer !== undefined) return `One officer: ${officer}.`;
  const unreadable = unreadableSchema.safeParse(standing).data?.unreadable;
  if (unreadable !== undefined) return unreadable;
  const { poms, keyDates } = standingShape.safeParse(standing).data ?? {};
  if (keyDates !== undefined) {
    return `${keyDates.map(({ type, date }) => `${dateNames[type] ?? type} ${terminalTimes.date(date)}`).join(", ") || "No dates"}.`;
  }
  if (poms === undefined) return "It was not read.";
  const told = poms.map(
    ({ name, officer: code, email, provider, start }) =>
      `The POM is ${name} (${code ?? "no officer code"}, ${email ?? "no e-mail"}) at ${provider}, from ${terminalTimes.time(start)}`,
  );
  return `${told.join("; ") || "No POM"}.`;
}

const dateNames: Readonly<Record<string, string>> = { POM1: "Handover start date", POM2: "handover date" };

function suggest(shown: readonly ReportedDifference[]): readonly string[] {
  const [first] = shown;
  if (first === undefined) return [];
  const repairable = listRepairable(false);
  const numbers = new Set(shown.flatMap((one) => (repairable.includes(one.class) ? one.nomsNumber : [])));
  const refresh = [
    "To see what a refresh would write (with --apply it writes):",
    `  npm run refresh -- --noms ${[...numbers].join(",")}`,
  ];
  return [
    "To see why a case differs:",
    `  npm run explain -- ${first.nomsNumber}`,
    ...(numbers.size === 0 ? [] : refresh),
  ];
}
