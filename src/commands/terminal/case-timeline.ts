import { describeCase, type Entry, type Section } from "../../operations/explanation/case-view.ts";
import type { Explanation } from "../../operations/explanation/explanation-schema.ts";
import { describePresent, type FactView, type MessageView } from "../../operations/explanation/message-words.ts";
import { setText, type Paragraph, type TextSurface } from "./terminal-text.ts";
import { terminalTimes } from "./terminal-times.ts";

/** An explanation as text for a terminal: how the case stands, what would happen now, and what happened. */
export function renderTimeline(surface: TextSurface, explanation: Explanation): string {
  const { at, present, next } = explanation;
  const { name, notice, standing, waiting, quarantined, messages } = describeCase(explanation, terminalTimes);
  return setText(surface, [
    { text: `${name}, at ${terminalTimes.time(at)} London time`, isStrong: true },
    ...(notice === null ? [] : [{ text: notice }]),
    ...[...standing, waiting, quarantined].flatMap(setSection),
    ...setPart("What would happen now (nothing was written)", setPresent(present)),
    ...setPart("What happened, newest first", messages.flatMap(setMessage)),
    ...(next === undefined ? [] : [{ text: "" }, { text: `There are older messages: add --before ${next}` }]),
  ]);
}

function setPart(title: string, paragraphs: readonly Paragraph[]): readonly Paragraph[] {
  const shown = paragraphs.length === 0 ? [{ text: "None.", indent: 2 }] : paragraphs;
  return [{ text: "" }, { text: title, isStrong: true }, ...shown];
}

function setSection({ title, entries }: Section): readonly Paragraph[] {
  return setPart(title, entries.flatMap(setEntry));
}

function setEntry({ text, details, inboxKey }: Entry): readonly Paragraph[] {
  const lines = inboxKey === undefined ? details : [...details, `Message ${inboxKey}`];
  return [{ text, indent: 2 }, ...lines.map((line) => ({ text: line, indent: 6 }))];
}

function setPresent(present: Explanation["present"]): readonly Paragraph[] {
  const facts = describePresent(present, terminalTimes);
  return typeof facts === "string" ? [{ text: facts, indent: 2 }] : facts.flatMap(setFact);
}

function setFact({ fact, consequence, outcome, answer, reasons, changes }: FactView): readonly Paragraph[] {
  return [
    { text: `${fact}: ${consequence} (${outcome})`, indent: 2 },
    { text: `Manage POM Cases: ${answer}`, indent: 6 },
    ...reasons.map((reason) => ({ text: `Why: ${reason}`, indent: 6 })),
    ...changes.flatMap(({ text, notes }) => [
      { text, indent: 6 },
      ...notes.map((note) => ({ text: `| ${note}`, indent: 8 })),
    ]),
  ];
}

function setMessage(message: MessageView): readonly Paragraph[] {
  const { inboxKey, name, eventType, isDryRun, decidedAt, times, attempts, facts } = message;
  const rehearsal = isDryRun ? " (dry run: nothing was written)" : "";
  return [
    { text: "" },
    { text: `${decidedAt}  ${name}${rehearsal}`, isStrong: true },
    { text: times, indent: 2 },
    { text: `Event ${eventType}, message ${inboxKey}`, indent: 2 },
    ...attempts.map((text) => ({ text, indent: 2 })),
    ...facts.flatMap(setFact),
  ];
}
