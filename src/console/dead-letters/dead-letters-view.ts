import type { DeadLetter, DeadLetters, RedriveAnswer } from "../../operations/dead-letters/dead-letter-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayMoment, displayNumber } from "../web/display.ts";
import { caseAddress, messageAddress, writeAddress } from "../web/navigation.ts";

/** Where dead letters are listed, and where a redrive of them is confirmed. */
export const deadLettersPath = "/console/dead-letters";

/** See {@link deadLettersPath}. */
export const redrivePath = `${deadLettersPath}/redrive`;

/** What is on the dead-letter queue: what each message was about, how often it failed and how it did last. */
export function viewDeadLetters({ queue, found, deadLetters }: DeadLetters, now: Instant) {
  const free = deadLetters.filter(({ isQuarantined }) => !isQuarantined);
  return {
    queue: queue ?? null,
    sentence: `${displayCount(found, "dead letter")} on ${queue ?? "no queue"}.`,
    rest: found > deadLetters.length ? `The first ${displayNumber(deadLetters.length)} are shown.` : null,
    rows: deadLetters.map((letter, index) => viewLetter(letter, index, now)),
    all:
      free.length === 0
        ? null
        : {
            text: describeAll({ found, shown: deadLetters.length, free: free.length }),
            href: writeAddress(redrivePath, { all: "yes" }),
          },
  };
}

interface Counts {
  readonly found: number;
  readonly shown: number;
  readonly free: number;
}

function describeAll({ found, shown, free }: Counts): string {
  if (found <= shown) return describeWhole(free);
  const first = `the first ${displayNumber(shown)} of ${displayNumber(found)}`;
  if (free === shown) return `Redrive ${first}`;
  return `Redrive the ${free === 1 ? "one that is" : `${displayNumber(free)} that are`} not quarantined of ${first}`;
}

function describeWhole(count: number): string {
  return count === 1 ? "Redrive the one dead letter" : `Redrive all ${displayNumber(count)} that are not quarantined`;
}

const dependencyNames: Readonly<Record<string, string>> = {
  mpc: "Manage POM Cases",
  database: "the Delius database",
  auth: "HMPPS Auth",
  queue: "the queue",
};

function viewLetter(letter: DeadLetter, index: number, now: Instant) {
  const { inboxKey, eventType, nomsNumber, attempts, lastFailure, isQuarantined } = letter;
  return {
    // The first box is where the summary of faults leads.
    id: index === 0 ? "inboxKey" : `inboxKey-${index + 1}`,
    inboxKey,
    href: attempts > 0 || isQuarantined ? messageAddress(inboxKey) : null,
    eventType: eventType ?? "no event type",
    person: nomsNumber ?? null,
    personHref: nomsNumber === undefined ? null : caseAddress(nomsNumber),
    attempts: attempts === 0 ? "No failed attempt is kept" : displayCount(attempts, "failed attempt"),
    failure:
      lastFailure === undefined
        ? null
        : {
            text: `${dependencyNames[lastFailure.dependency] ?? "the service"}: ${lastFailure.errorClass}`,
            failed: displayMoment(lastFailure.failedAt, now),
          },
    isQuarantined,
  };
}

/** A redrive before it is confirmed: what is sent again, and what stays where it is. */
export function viewRedrive(letters: readonly DeadLetter[], now: Instant) {
  const rows = letters.map((letter, index) => viewLetter(letter, index, now));
  const sent = rows.filter(({ isQuarantined }) => !isQuarantined);
  return {
    title: `Redrive ${displayCount(sent.length, "dead letter")}`,
    sent,
    kept: rows.filter(({ isQuarantined }) => isQuarantined),
  };
}

/** Where a redrive leads and what is said there. */
export function describeRedrive({ results, action }: RedriveAnswer) {
  const refused = results.filter(({ result }) => result === "refused");
  const why = [...new Set(refused.flatMap(({ message }) => message ?? []))].map((text) => `${text}.`).join(" ");
  if (action === undefined) {
    const notice = { kind: "information" as const, title: "Nothing was sent", text: why };
    return { location: deadLettersPath, notice };
  }
  const rest = refused.length === 0 ? "" : ` ${displayCount(refused.length, "message")} not sent. ${why}`;
  const title = `${displayCount(results.length - refused.length, "dead letter")} sent to the queue again`;
  const text = `The result of each is below, and stays under Actions.${rest}`;
  const location = writeAddress(`/console/actions/${action}`, { from: deadLettersPath });
  return { location, notice: { kind: "success" as const, title, text } };
}
