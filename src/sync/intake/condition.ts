import type { Uptime } from "../../platform/time/uptime.ts";

/** What goes well and what does not, for `/health` and for telling trouble with some people from an outage. */
export interface Condition {
  received(): void;
  receiveFailed(errorClass: string): void;
  settled(person: string): void;
  failed(person: string, dependency: string, errorClass: string): void;
  /** What failed the last message about this person; null when nothing did. */
  failedBy(person: string): string | null;
  /** How many people each dependency fails, by their last messages. */
  failingFor(): Readonly<Record<string, number>>;
  /** Why nothing has been received, or nothing settled, for a minute or more; null when something has. */
  standstill(): string | null;
}

// Fewer may be bad cases, and all that came by.
const peopleInGeneral = 3;
// What has not been tried for a quarter of an hour is not known to fail any more. People are remembered for longer than the longest
// wait between two attempts at a message.
const milliseconds = { lasting: 60_000, forgotten: 900_000, remembered: 3_600_000 };
const maxRemembered = 10_000;

/** Something that keeps failing; null when it does not. Times are readings of `Uptime`. */
type Failing = { readonly since: number; readonly last: number; readonly reason: string } | null;

/** What failed the last message about a person. */
interface Trouble {
  readonly dependency: string;
  readonly at: number;
}

/** Keeps the condition of an intake: people for an hour after their last failure; of very many, the latest. */
export function watchCondition(uptime: Uptime): Condition {
  const troubled = new Map<string, Trouble>();
  let receiving: Failing = null;
  let settling: Failing = null;
  const isRecent = ({ at }: Trouble) => uptime() - at < milliseconds.remembered;
  const failingFor = () => countTroubles([...troubled.values()].filter(isRecent));
  return {
    received: () => (receiving = null),
    receiveFailed: (errorClass) => (receiving = failAgain(receiving, `queue: ${errorClass}`, uptime())),
    settled: (person) => {
      troubled.delete(person);
      settling = null;
    },
    failed: (person, dependency, errorClass) => {
      settling = failAgain(settling, `${dependency}: ${errorClass}`, uptime());
      troubled.delete(person);
      troubled.set(person, { dependency, at: uptime() });
      const [oldest] = troubled.keys();
      if (troubled.size > maxRemembered && oldest !== undefined) troubled.delete(oldest);
    },
    failedBy: (person) => {
      const trouble = troubled.get(person);
      return trouble !== undefined && isRecent(trouble) ? trouble.dependency : null;
    },
    failingFor,
    standstill: () => {
      const people = Object.values(failingFor()).reduce((sum, count) => sum + count, 0);
      return (
        findStandstill(receiving, uptime()) ?? (people >= peopleInGeneral ? findStandstill(settling, uptime()) : null)
      );
    },
  };
}

function countTroubles(troubles: readonly Trouble[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { dependency } of troubles) counts[dependency] = (counts[dependency] ?? 0) + 1;
  return counts;
}

function isKnown(failing: Failing, at: number): failing is NonNullable<Failing> {
  return failing !== null && at - failing.last < milliseconds.forgotten;
}

function failAgain(failing: Failing, reason: string, at: number): Failing {
  return { since: isKnown(failing, at) ? failing.since : at, last: at, reason };
}

/** Why nothing has been possible, once that has lasted a minute; null when it has not. */
function findStandstill(failing: Failing, at: number): string | null {
  return isKnown(failing, at) && at - failing.since >= milliseconds.lasting ? failing.reason : null;
}
