import { formatLondonTime } from "../src/platform/time/london-time.ts";
import type { Story } from "./sandbox-state.ts";
import { narrowest, paint, renderTable, rule, wrap, type Line, type Terminal } from "./terminal.ts";
import { describeChanges, describeOutcome, type Entry, type ShownStep } from "./step-text.ts";

/** Something that runs and where one finds it. */
export interface Address {
  readonly what: string;
  readonly where: string;
  readonly hint?: string;
}

/** The scenario as a table, and below it the diary entries that are to be shown whole. */
export function renderStory(terminal: Terminal, { playedAt, steps }: Story, isKept: boolean): string {
  const columns = [
    { title: "", width: 2 },
    { title: "What was done in Manage POM Cases", share: 30 },
    { title: "Event and outcome", share: 24 },
    { title: "What changed in Delius", share: 46 },
  ];
  const rows = steps.map((step, index) => [
    [{ text: String(index + 1), tone: "strong" as const }],
    [{ text: step.title, tone: "strong" as const }, { text: step.done }],
    describeEvent(step),
    step.entries.flatMap((entry) =>
      describeChanges(entry, step.isShownWhole ? () => "Its notes are below." : undefined),
    ),
  ]);
  const origin = isKept ? ", which an earlier start played" : "";
  const title = `What happened in the scenario of ${formatLondonTime(Date.parse(playedAt))}${origin}`;
  const notes = steps.flatMap((step, index) => (step.isShownWhole ? renderNotes(terminal, step, index + 1) : []));
  return [paint(terminal, title, "strong"), "", renderTable(terminal, columns, rows), ...notes].join("\n");
}

function describeEvent({ event, entries }: ShownStep): readonly Line[] {
  return [{ text: event }, ...entries.flatMap((entry) => [describeOutcome(entry), ...describeReasons(entry)])];
}

/** Why nothing was written; where something was, what changed says enough. */
function describeReasons({ outcomeClass, reasons }: Entry): readonly Line[] {
  return outcomeClass === "written" ? [] : reasons.map((text) => ({ text, tone: "faint" }));
}

function renderNotes(terminal: Terminal, { entries }: ShownStep, place: number): readonly string[] {
  const contacts = entries.flatMap(({ changes }) =>
    changes.flatMap(({ record, after }) => (record === "contact" && after !== null ? [after] : [])),
  );
  return contacts.flatMap(({ type, notes }) => [
    "",
    paint(terminal, `Diary entry ${String(type)} of step ${place}, as it stands in Delius`, "strong"),
    ...String(notes)
      .split("\n")
      .map((line) => `${paint(terminal, "│", "faint")} ${line}`.trimEnd()),
  ]);
}

/** The addresses of what runs, one a row. Addresses are never wrapped: one copies them. */
export function renderAddresses(terminal: Terminal, addresses: readonly Address[]): string {
  const isNarrow = terminal.width < narrowest;
  const widest = Math.max(...addresses.map(({ what }) => what.length));
  const margin = isNarrow ? 2 : widest + 2;
  const lines = addresses.flatMap(({ what, where, hint = "" }) => {
    const name = paint(terminal, isNarrow ? what : what.padEnd(widest), "strong");
    const hints = hint === "" ? [] : wrap({ text: hint }, terminal.width - margin);
    const below = hints.map((line) => " ".repeat(margin) + paint(terminal, line, "faint"));
    return isNarrow ? [name, `  ${where}`, ...below] : [`${name}  ${where}`, ...below];
  });
  return [rule(terminal), ...lines, rule(terminal)].join("\n");
}

const indent = " ".repeat(4);

/** What happened while the sandbox runs: when, in the time of the service's own texts, and lines below it. */
export function renderHappening(terminal: Terminal, at: Date, { title, lines }: Happening): string {
  return [
    `${formatLondonTime(at.getTime())}  ${title}`,
    ...lines.flatMap((line) =>
      wrap(line, terminal.width - indent.length).map((text) => indent + paint(terminal, text, line.tone)),
    ),
  ].join("\n");
}

/** Something that happened, without its time. */
export interface Happening {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** A message that was settled. */
export function describeSettled(entries: readonly Entry[]): Happening {
  const [first] = entries;
  const lines = entries.flatMap((entry) => [
    describeOutcome(entry),
    ...(entry.outcomeClass === "written" ? describeChanges(entry) : describeReasons(entry)),
  ]);
  const person = first?.nomsNumber ?? first?.crn ?? "no person";
  return { title: `${person}  ${first?.eventType ?? "a message of no type"}`, lines };
}
