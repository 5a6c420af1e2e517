import { describeEnvelope, eventsTitle } from "./event-document.ts";
import { listEventPayloads, type EventPayload, type PayloadSchema } from "./event-payload.ts";
import { listProperties } from "./event-property.ts";
import { eventRules, type EventRule } from "./event-type.ts";
import type { Fact } from "./outcome.ts";

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
<table>
<caption>What each event does</caption>
<thead><tr><th scope="col">Event type</th><th scope="col">From</th><th scope="col">What the service does</th></tr></thead>
<tbody>${payloads.map(renderRow).join("")}</tbody>
</table>
${payloads.map(renderEvent).join("\n")}
<section id="notification"><h2>The envelope</h2>
<p>${escape(schema.description)}</p>
${renderProperties(schema)}
${renderExample("An event as it lies in the queue", example)}
</section>
</main>
</body>
</html>
`;
}

function renderRow({ eventType, sender, effect }: EventPayload): string {
  const link = `<a href="#${escape(eventType)}">${escape(eventType)}</a>`;
  return `<tr><th scope="row">${link}</th><td>${escape(sender)}</td><td>${escape(effect)}</td></tr>`;
}

function renderEvent({ eventType, title, sender, effect, schema, examples }: EventPayload): string {
  const terms = {
    Type: eventType,
    From: sender,
    "What the service does": effect,
    ...describeRule(eventRules[eventType]),
  };
  const list = Object.entries(terms).map(
    ([term, text]) => `<div><dt>${escape(term)}</dt><dd>${escape(text)}</dd></div>`,
  );
  return `<section id="${escape(eventType)}"><h2>${escape(title)}</h2>
<dl>${list.join("")}</dl>
${renderProperties(schema)}
${examples.map(({ name, payload }) => renderExample(`Example: ${name}`, payload)).join("\n")}
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

function renderProperties(schema: PayloadSchema): string {
  const rows = listProperties(schema).map(({ path, type, isRequired, description }) => {
    const cells = [type, isRequired ? "yes" : "", description].map((text) => `<td>${escape(text)}</td>`);
    return `<tr><th scope="row"><code>${escape(path)}</code></th>${cells.join("")}</tr>`;
  });
  const heads = ["Property", "Type", "Needed", "Meaning"].map((text) => `<th scope="col">${text}</th>`);
  return `<table><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function renderExample(title: string, payload: unknown): string {
  return `<figure><figcaption>${escape(title)}</figcaption><pre>${escape(JSON.stringify(payload, null, 2))}</pre></figure>`;
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
th, code { overflow-wrap: anywhere; }
dl { display: grid; gap: .2rem; margin: 0 0 1rem; }
dl div { display: grid; grid-template-columns: 15rem 1fr; gap: 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: #0b5394; }
a:focus { outline: 3px solid #ffbf47; }
figure { margin: 1rem 0 0; }
figcaption { font-size: .9rem; color: #4a5258; }
pre { background: #f0f2f4; border-radius: 3px; margin: .3rem 0 0; padding: .8rem; overflow-x: auto; font-size: .85rem; }
@media (max-width: 45rem) { dl div { grid-template-columns: 1fr; gap: 0; } main { padding: 1rem; } }
`;
