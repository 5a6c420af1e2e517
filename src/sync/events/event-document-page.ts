import { describeEnvelope, eventsTitle } from "./event-document.ts";
import type { PayloadSchema } from "./event-field.ts";
import { listEventPayloads, type EventPayload } from "./event-payload.ts";
import { listProperties } from "./event-property.ts";
import type { EventRule } from "./event-table.ts";
import type { Fact } from "../fact/outcome.ts";

/** The page of the events for people: the same list as the document's, without a script. Every value is escaped. */
export function renderEventDocument(): string {
  const payloads = listEventPayloads();
  const { description, schema, example } = describeEnvelope();
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(eventsTitle)}</title>
<style>${eventDocumentStyle}</style>
</head>
<body>
<header><h1>${escape(eventsTitle)}</h1><p><a href="/docs/asyncapi.yaml">AsyncAPI 3.0 document</a></p></header>
<main>
${description.map((paragraph) => `<p>${escape(paragraph)}</p>`).join("\n")}
${renderTable("What each event does", ["Event type", "From", "What the service does"], payloads.map(listCells))}
${payloads.map(renderEvent).join("\n")}
<section id="notification"><h2>The envelope</h2>
<p>${escape(schema.description)}</p>
${renderProperties("the envelope", schema)}
${renderExample("An event as it lies in the queue", example)}
</section>
</main>
</body>
</html>
`;
}

function listCells({ eventType, sender, effect }: EventPayload): readonly string[] {
  return [`<a href="#${escape(eventType)}">${escape(eventType)}</a>`, escape(sender), escape(effect)];
}

function renderEvent({ eventType, rule, title, sender, effect, schema, examples }: EventPayload): string {
  const terms = {
    Type: eventType,
    From: sender,
    "What the service does": effect,
    ...describeRule(rule),
  };
  const list = Object.entries(terms).map(
    ([term, text]) => `<div><dt>${escape(term)}</dt><dd>${escape(text)}</dd></div>`,
  );
  return `<section id="${escape(eventType)}"><h2>${escape(title)}</h2>
<dl>${list.join("")}</dl>
${renderProperties(eventType, schema)}
${examples.map(({ name, payload }) => renderExample(`Example of ${eventType}: ${name}`, payload)).join("\n")}
</section>`;
}

function describeRule({ facts, person, detail, isRefresh }: EventRule): Readonly<Record<string, string>> {
  const sources = { event: "the address in the event", built: "an address built from the NOMS number" };
  const names = { noms: "NOMS number", "optional noms": "NOMS number; without one there is nothing to do", crn: "CRN" };
  return {
    "Finds the person by": names[person],
    "Asks Manage POM Cases at": sources[detail],
    Compares: isRefresh ? "the facts that the event names" : facts.map((fact) => factNames[fact]).join(" and "),
  };
}

function renderProperties(name: string, schema: PayloadSchema): string {
  const rows = listProperties(schema).map(({ path, type, isRequired, description }) => [
    `<code>${escape(path)}</code>`,
    ...[type, isRequired ? "yes" : "", description].map(escape),
  ]);
  return renderTable(`Properties of ${name}`, ["Property", "Type", "Needed", "Meaning"], rows);
}

/** Cells are HTML; the first of a row names it. On a narrow screen each says its column, for they stand one below another. */
function renderTable(caption: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = columns.map((text) => `<th scope="col">${text}</th>`);
  const body = rows.map(([name = "", ...cells]) => {
    const others = cells.map((cell, index) => `<td data-column="${columns[index + 1]}">${cell}</td>`);
    return `<tr><th scope="row">${name}</th>${others.join("")}</tr>`;
  });
  const table = `<table><caption>${escape(caption)}</caption><thead><tr>${heads.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`;
  return renderScrollArea(caption, table);
}

function renderExample(title: string, payload: unknown): string {
  const text = `<pre>${escape(JSON.stringify(payload, null, 2))}</pre>`;
  return `<figure><figcaption>${escape(title)}</figcaption>${renderScrollArea(title, text)}</figure>`;
}

/** What may be wider than the screen: it takes focus, so that the keyboard scrolls it, and says what it is. */
function renderScrollArea(label: string, html: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escape(label)}">${html}</div>`;
}

const factNames: Readonly<Record<Fact, string>> = { handover: "handover dates", allocation: "POM allocation" };

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** The page's only style; its hash is what the page's policy allows. */
export const eventDocumentStyle = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f23; background: #f6f7f8; }
header { background: #12344d; color: #fff; padding: 1.2rem 2rem; }
header a { color: #fff; }
h1 { margin: 0; font-size: 1.7rem; }
header p { margin: .3rem 0 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem 2rem 4rem; }
section { background: #fff; border: 1px solid #d5dade; border-radius: 4px; margin: 1.5rem 0; padding: 0 1.5rem 1.2rem; }
h2 { font-size: 1.25rem; margin: 1.1rem 0 .6rem; }
table { border-collapse: collapse; width: 100%; background: #fff; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { border-bottom: 1px solid #d5dade; padding: .45rem .7rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; white-space: nowrap; }
h1, h2, p { overflow-wrap: anywhere; }
th code { white-space: nowrap; }
dl { display: grid; gap: .2rem; margin: 0 0 1rem; }
dl div { display: grid; grid-template-columns: 15rem 1fr; gap: 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: #0b5394; }
a:focus, .scroll:focus { outline: 3px solid #ffbf47; }
.scroll { overflow-x: auto; }
figure { margin: 1rem 0 0; }
figcaption { font-size: .9rem; color: #4a5258; overflow-wrap: anywhere; }
pre { background: #f0f2f4; border-radius: 3px; margin: .3rem 0 0; padding: .8rem; width: max-content; min-width: 100%; box-sizing: border-box; font-size: .85rem; }
@media (max-width: 45rem) {
main, header { padding: 1rem; } section { padding: 0 1rem 1rem; }
dl div { grid-template-columns: minmax(0, 1fr); gap: 0; }
thead { display: none; } tr, th, td, caption, table, tbody { display: block; } td:empty { display: none; }
th code { white-space: normal; } th, td, caption { overflow-wrap: anywhere; } th { border: 0; font-weight: 600; padding-bottom: 0; }
td { border: 0; padding: 0 .7rem; } tr { border-bottom: 1px solid #d5dade; padding: .3rem 0; } td::before { content: attr(data-column) ": "; color: #4a5258; }
}
`;
