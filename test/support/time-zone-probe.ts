import { readEnvelope } from "../../src/sync/events/case-event.ts";
import { formatLondonTime, londonDate, parseInstant } from "../../src/platform/time/london-time.ts";
import {
  allocated,
  decide,
  factsOf,
  hour,
  officerOf,
  pom,
  questionOf,
  responsibleOfficer,
} from "./allocation-fixture.ts";

// Prints the machine's offset in summer, then what depends on times, for a test that starts it under several time zones of the machine (P17).

const nights = ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"].map((text) => Date.parse(text));
const halfHours = nights.flatMap((night) => Array.from({ length: 8 }, (_, index) => night + (index * hour) / 2));

function decideAt(occurredAt: number) {
  const poms = [pom(1, officerOf("N03", 1), { start: occurredAt - 100 * hour })];
  const rows = { poms, responsibleOfficers: [responsibleOfficer(1, 1, { start: occurredAt - 100 * hour })] };
  const answer = allocated("MDI", 2);
  return decide(factsOf(rows, answer), questionOf(answer, { occurredAt, now: occurredAt + hour }));
}

function readAt(occurredAt: number) {
  const local = new Date(occurredAt).toISOString().slice(0, 19);
  const body = JSON.stringify({ eventType: "SENTENCE_CHANGED", occurredAt: local });
  return readEnvelope({ messageId: "1", body, attributes: {}, receives: 1, receivedAt: occurredAt });
}

const printed = {
  decisions: halfHours.map(decideAt),
  envelopes: halfHours.map(readAt),
  shown: halfHours.map((instant) => [londonDate(instant), formatLondonTime(instant)]),
  parsed: halfHours.map((instant) => parseInstant(new Date(instant).toISOString().slice(0, 16))),
};
const offset = new Date("2026-06-15T12:00:00Z").getTimezoneOffset();
process.stdout.write(`${offset}\n${JSON.stringify(printed)}`);
