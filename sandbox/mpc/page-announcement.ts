import { z } from "zod";
import { formatLondonTime } from "../../src/platform/time/london-time.ts";
import type { Announced } from "../announcements.ts";
import type { Result } from "../delius-case-store.ts";
import { messageAddress } from "../../src/console/web/navigation.ts";
import { button, consoleLink, escape, form } from "./page-form.ts";
import { renderResult } from "./page-person.ts";

const eventSchema = z.looseObject({
  crn: z.string().optional(),
  personReference: z.object({ identifiers: z.array(z.object({ value: z.string() })) }).optional(),
});

/** What is known of a message beside itself. */
export interface AnnouncementContext {
  /** What became of it; nothing until it is settled. */
  readonly results: readonly Result[];
  /** The newest is shown whole; the others are folded. */
  readonly isNewest: boolean;
  /** Where the console is; null until that is known. */
  readonly consoleOrigin: string | null;
}

/** A message that was published, decoded, and what became of it. */
export function renderAnnouncement(announced: Announced, context: AnnouncementContext): string {
  const { results, isNewest, consoleOrigin } = context;
  const { inboxKey, eventType, body, at } = announced;
  const { deliveries = 1 } = results[0] ?? {};
  const times = deliveries > 1 ? `, delivered ${deliveries} times` : "";
  return `<li id="${escape(inboxKey)}">
<p><strong>${escape(eventType).replaceAll(".", ".<wbr>")}</strong>${nameSubject(parse(body))}<br><small>${formatLondonTime(Date.parse(at))}${times}</small></p>
${results.map((result) => renderResult(result)).join("") || pending}
<details${isNewest ? " open" : ""}><summary>The message</summary>
<pre>${escape(decode(body))}</pre>
<p><small>Key <code>${escape(inboxKey)}</code></small></p></details>
<p>${consoleLink(consoleOrigin, messageAddress(inboxKey), "This message in the console")}</p>
${form({ kind: "duplicate", inboxKey }, [button("Deliver it again", "quiet")])}
</li>`;
}

const pending = `<p class="result">Not settled yet. <a href="/">Look again</a></p>`;

function nameSubject(event: unknown): string {
  const { success, data } = eventSchema.safeParse(event);
  const person = success ? (data.personReference?.identifiers[0]?.value ?? data.crn) : undefined;
  return person === undefined ? "" : ` about <a href="#${escape(person)}">${escape(person)}</a>`;
}

/** As a person reads it; what is no JSON, as it is. */
function decode(body: string): string {
  const event = parse(body);
  return event === undefined ? body : JSON.stringify(event, null, 2);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
