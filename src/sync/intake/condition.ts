import { watchStandstill } from "./standstill.ts";
import { rememberTroubled } from "./troubled-people.ts";
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
