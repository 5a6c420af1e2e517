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

/** Keeps the condition of an intake. */
export function watchCondition(uptime: Uptime): Condition {
  const troubled = rememberTroubled();
  const receiving = watchStandstill();
  const settling = watchStandstill();
  const failingFor = () => troubled.count(uptime());
  return {
    received: () => receiving.end(),
    receiveFailed: (errorClass) => receiving.add(`queue: ${errorClass}`, uptime()),
    settled: (person) => {
      troubled.remove(person);
      settling.end();
    },
    failed: (person, dependency, errorClass) => {
      troubled.add(person, dependency, uptime());
      settling.add(`${dependency}: ${errorClass}`, uptime());
    },
    failedBy: (person) => troubled.find(person, uptime()),
    failingFor,
    standstill: () => {
      const people = Object.values(failingFor()).reduce((sum, count) => sum + count, 0);
      return receiving.find(uptime()) ?? (people >= peopleInGeneral ? settling.find(uptime()) : null);
    },
  };
}

/** Since when nothing has been possible, and why. Times are readings of `Uptime`. */
interface Standstill {
  /** It was possible. */
  end(): void;
  /** It failed again. */
  add(reason: string, at: number): void;
  /** The reason, once it has lasted a minute; null when it has not. */
  find(at: number): string | null;
}

const milliseconds = { lasting: 60_000, forgotten: 900_000 };

/** Watches for one thing that keeps failing. What has not been tried for a quarter of an hour is not known to fail any more. */
function watchStandstill(): Standstill {
  let failing: { readonly since: number; readonly last: number; readonly reason: string } | null = null;
  const current = (at: number) => (failing !== null && at - failing.last < milliseconds.forgotten ? failing : null);
  return {
    end: () => {
      failing = null;
    },
    add: (reason, at) => {
      failing = { since: current(at)?.since ?? at, last: at, reason };
    },
    find: (at) => {
      const found = current(at);
      return found !== null && at - found.since >= milliseconds.lasting ? found.reason : null;
    },
  };
}

/** Those whose last message failed, by what failed. */
interface TroubledPeople {
  /** A message about this person failed at this reading of `Uptime`. */
  add(person: string, dependency: string, at: number): void;
  /** A message about this person was settled. */
  remove(person: string): void;
  /** What failed the last message about this person; null when nothing did. */
  find(person: string, at: number): string | null;
  /** How many there are for each dependency. */
  count(at: number): Readonly<Record<string, number>>;
}

interface Trouble {
  readonly dependency: string;
  readonly at: number;
}

// Longer than the longest wait between two attempts at a message.
const rememberedMs = 3_600_000;
const maxRemembered = 10_000;

/** Remembers them for an hour after the last failure; of very many, the latest. */
function rememberTroubled(): TroubledPeople {
  const troubled = new Map<string, Trouble>();
  const isRecent = (trouble: Trouble, now: number) => now - trouble.at < rememberedMs;
  return {
    add: (person, dependency, at) => {
      troubled.delete(person);
      troubled.set(person, { dependency, at });
      const [oldest] = troubled.keys();
      if (troubled.size > maxRemembered && oldest !== undefined) troubled.delete(oldest);
    },
    remove: (person) => void troubled.delete(person),
    find: (person, at) => {
      const trouble = troubled.get(person);
      return trouble !== undefined && isRecent(trouble, at) ? trouble.dependency : null;
    },
    count: (at) => {
      const counts: Record<string, number> = {};
      for (const trouble of troubled.values()) {
        if (isRecent(trouble, at)) counts[trouble.dependency] = (counts[trouble.dependency] ?? 0) + 1;
      }
      return counts;
    },
  };
}
