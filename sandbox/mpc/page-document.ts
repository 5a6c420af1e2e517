import type { Announced } from "../announcements.ts";
import type { Result } from "../delius-case-store.ts";
import { renderAnnouncement } from "./page-announcement.ts";
import { button, escape, form, nomsInput } from "./page-form.ts";
import { allocationFields, renderPerson, type PagePerson } from "./page-person.ts";
import { pageStyle } from "./page-style.ts";

/** Everything that the page shows. */
export interface PageView {
  readonly people: readonly PagePerson[];
  /** The newest first. */
  readonly announced: readonly Announced[];
  /** What became of them, and of others. */
  readonly results: readonly Result[];
  readonly isOut: boolean;
  /** Where the service's console is; null until that is known. */
  readonly consoleOrigin: string | null;
  /** Why the last form was not carried out; null when there was none, or it was. */
  readonly refusal: string | null;
}

/** The page of the simulator. It works without JavaScript, and every value is escaped. */
export function renderPage(view: PageView): string {
  const { people, consoleOrigin } = view;
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${view.isOut ? "Out of service: " : ""}Manage POM Cases simulator</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header><h1>Manage POM Cases <small>simulator</small></h1>
<p>Act here as its users do. Each change is announced; the service hears of it, asks what is true now, and brings Delius into line.</p>
<p><a href="#people">People</a> <a href="#trouble">Make trouble</a> <a href="#announced">Messages</a></p></header>
${view.isOut ? outage : ""}
${view.refusal === null ? "" : `<div class="alert" role="alert"><p>${escape(view.refusal)}</p></div>`}
<main>
<section aria-labelledby="people"><h2 id="people">People</h2>
<p class="hint">For the whole story of one of them, type <code>npm run explain -- A1002AA</code>.</p>
${people.map((person) => renderPerson(person, consoleOrigin)).join("\n")}
<article><h3>Someone else</h3><p class="hint">A number that Delius does not know waits for it.</p>
${form({ kind: "allocate" }, [nomsInput(), ...allocationFields({ kind: "notReady" }), button("Allocate")])}</article>
</section>
<aside>
<section aria-labelledby="trouble"><h2 id="trouble">Make trouble</h2>${renderTrouble(view)}</section>
<section aria-labelledby="announced"><h2 id="announced">Messages, newest first</h2>
${renderMessages(view)}</section>
</aside>
</main>
</body>
</html>`;
}

function renderMessages({ announced, results, consoleOrigin }: PageView): string {
  if (announced.length === 0) return "<p>None yet: allocate someone.</p>";
  const items = announced.map((one, index) =>
    renderAnnouncement(one, { results: ownResults(one, results), isNewest: index === 0, consoleOrigin }),
  );
  return `<ol class="announced">${items.join("\n")}</ol>`;
}

function ownResults({ inboxKey }: Announced, results: readonly Result[]): readonly Result[] {
  return results.filter((result) => result.inboxKey === inboxKey);
}

const endOutage = form({ kind: "outage", state: "off" }, [button("End the outage")]);

const outage = `<div class="alert" role="alert"><p><strong>Manage POM Cases is out of service.</strong> Every call of its API is
answered 503. What is announced now is tried again at growing intervals, and nothing is lost.</p>${endOutage}</div>`;

function renderTrouble({ announced: [last], isOut }: PageView): string {
  const items = [
    [
      form({ kind: "poison" }, [button("Send a poison message", "warning")]),
      "A body that was cut off: it is quarantined, whole.",
    ],
    last === undefined
      ? ["", ""]
      : [
          form({ kind: "duplicate" }, [button("Deliver the last message again", "warning")]),
          `The same message once more, as SQS may at any time: ${last.eventType}. It has no second effect.`,
        ],
    isOut
      ? [endOutage, "The outage is on."]
      : [
          form({ kind: "outage", state: "on" }, [button("Start an outage", "warning")]),
          "Manage POM Cases answers 503 until you end it. What is announced meanwhile waits in the queue.",
        ],
  ];
  return items.map(([control = "", text = ""]) => `${control}<p class="hint">${escape(text)}</p>`).join("");
}
