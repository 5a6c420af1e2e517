import { z } from "zod";
import { formatLondonTime } from "../src/platform/time/london-time.ts";
import { callers } from "./credentials.ts";
import { renderOverview } from "./overview.ts";
import { fetchToken, type Purpose } from "./running-sandbox.ts";
import { listDetails } from "./sandbox-addresses.ts";
import type { RunningParts } from "./sandbox-state.ts";
import { paint, wrap, type Terminal } from "./terminal.ts";
import { describeOutcome, entrySchema } from "./step-text.ts";

const messagesSchema = z.object({
  messages: z.array(
    z.object({
      inboxKey: z.string(),
      eventType: z.string().optional(),
      nomsNumber: z.string().optional(),
      crn: z.string().optional(),
      decidedAt: z.string(),
      facts: z.array(entrySchema.pick({ outcome: true, outcomeClass: true, dryRun: true })),
    }),
  ),
});

const shownMessages = 5;

/** The last messages, a token for each purpose, and then what runs and where: for someone who looks at it anew. */
export async function renderStatus(terminal: Terminal, parts: RunningParts): Promise<string> {
  const messages = await renderMessages(terminal, parts);
  const tokens = await renderTokens(terminal, parts);
  return [...messages, "", ...tokens, "", renderOverview(terminal, parts, listDetails(parts))].join("\n");
}

async function renderTokens(terminal: Terminal, parts: RunningParts): Promise<readonly string[]> {
  const purposes = Object.keys(callers).filter(isPurpose);
  const tokens = await Promise.all(
    purposes.map(async (purpose) => ({ purpose, ...(await fetchToken(parts, purpose)) })),
  );
  const seconds = Math.min(...tokens.map((token) => token.seconds));
  const until = formatLondonTime(Date.now() + seconds * 1_000);
  return [
    paint(terminal, `Tokens for the API, good for ${Math.round(seconds / 60)} minutes, until ${until}`, "strong"),
    ...tokens.flatMap(({ purpose, text }) => [
      `${paint(terminal, purpose, "strong")}: ${callers[purpose].authorities.join(", ")}`,
      text,
    ]),
    ...wrap(
      { text: "One alone, for a script: TOKEN=$(npm run --silent status -- --token case-detail)" },
      terminal.width,
    ),
  ];
}

/** Whether a word names what a token may be for. */
export function isPurpose(word: string): word is Purpose {
  return word in callers;
}

async function renderMessages(terminal: Terminal, parts: RunningParts): Promise<readonly string[]> {
  const { text } = await fetchToken(parts, "view");
  const headers = { authorization: `Bearer ${text}` };
  const response = await fetch(`${parts.api}/operations/messages?size=${shownMessages}`, { headers });
  const { messages } = messagesSchema.parse(await response.json());
  const title = paint(terminal, "The last messages, the newest at the end", "strong");
  if (messages.length === 0) return [title, "None yet."];
  const lines = messages
    .toReversed()
    .flatMap(({ inboxKey, eventType, nomsNumber, crn, decidedAt, facts }) => [
      [formatLondonTime(Date.parse(decidedAt)), nomsNumber ?? crn ?? "no person", eventType ?? "no type"].join("  "),
      ...facts.map(describeOutcome).map((line) => `  ${paint(terminal, line.text, line.tone)}  ${inboxKey}`),
    ]);
  return [title, ...lines];
}
