import { managers } from "../../sandbox/mpc/page.ts";
import { act, newPrisoner, type Action, type Announcement, type Manager } from "../../sandbox/mpc/prisoner.ts";
import type { Simulator } from "../../sandbox/mpc/simulator.ts";
import type { SeedCase } from "../../sandbox/seed/case.ts";
import { createChance, type Chance } from "../../sandbox/seed/random-numbers.ts";
import { crnOf, nomsOf, plainCases, toNotification } from "./messages.ts";

/** A message as it is sent to the queue. */
export interface CourseMessage {
  readonly key: string;
  readonly body: string;
}

/** What Manage POM Cases goes through, and the messages that tell of it: late, shuffled and some of them repeated. */
export interface Course {
  /** Lets so many things happen and answers messages to send now; some stay behind for later. */
  live(events: number): Promise<readonly CourseMessage[]>;
  /** Lets one thing happen to a person at once, and answers the messages to send. */
  happenTo(index: number, action: Action): Promise<readonly CourseMessage[]>;
  /** The messages that have stayed behind. */
  rest(): readonly CourseMessage[];
  /** The keys of all messages so far. */
  keys(): readonly string[];
  /** How many messages were answered that had been answered before. */
  duplicates(): number;
}

/** What a course is made of. */
export interface CourseSettings {
  readonly mpc: Simulator;
  readonly seed: number;
  /** How many people it is about: those of {@link courseCases}. */
  readonly people: number;
  /** The share of messages that come more than once. */
  readonly repeated: number;
  /** The share of events that name the simulator's own address; about the others the service asks through its proxy. */
  readonly addressed?: number;
}

const day = 24 * 60 * 60 * 1000;
const standingSince = new Date("2026-01-08T09:30:00Z");

/** The cases of a course, of one custodial sentence each; every other one has a responsible POM. */
export function courseCases(people: number): readonly SeedCase[] {
  const pom = { officer: "N03A001", team: "N03POM", start: standingSince, isResponsible: true };
  return plainCases(people).map((one, index) => (index % 2 === 0 ? one : { ...one, poms: [pom] }));
}

/** Starts a course. */
export function startCourse(settings: CourseSettings): Course {
  const { mpc, seed, people, repeated, addressed = 0.5 } = settings;
  const chance = createChance(seed);
  const waiting: CourseMessage[] = [];
  const keys: string[] = [];
  let duplicates = 0;
  const take = () => waiting.splice(chance.below(waiting.length), 1);
  const happenTo = async (index: number, action: Action): Promise<readonly CourseMessage[]> => {
    const noms = nomsOf(index);
    const before = mpc.prisoners().find((prisoner) => prisoner.noms === noms) ?? newPrisoner(noms);
    const { announcements } = act(before, action);
    await mpc.act(noms, action, { announce: false });
    return announcements.map((announcement) => {
      const key = `course-${seed}-${keys.length}`;
      const event = describeEvent(announcement, { index, chance, addressed, origin: mpc.origin });
      keys.push(key);
      return { key, body: toNotification(event, key) };
    });
  };
  const happen = async () => {
    for (const message of await happenTo(chance.below(people), chooseAction(chance))) {
      const isRepeated = chance.happens(repeated);
      duplicates += isRepeated ? 1 : 0;
      waiting.push(...(isRepeated ? [message, message] : [message]));
    }
  };
  return {
    live: async (events) => {
      const before = keys.length;
      while (keys.length - before < events) await happen();
      // A dozen stay behind, so that what happened together is not told together.
      return Array.from({ length: Math.max(0, waiting.length - 12) }, take).flat();
    },
    happenTo,
    rest: () => Array.from({ length: waiting.length }, take).flat(),
    keys: () => keys,
    duplicates: () => duplicates,
  };
}

const prisons = ["LEI", "MDI", "WDI"];
// New to Delius, so that processes create the same officers at the same time.
const newcomers: readonly Manager[] = ["Abara", "Birch", "Castell", "Doyle"].map((surname, index) => ({
  code: 700_000 + index,
  forename: "Nia",
  surname,
  email: `nia.${surname.toLowerCase()}@example.com`,
}));

function chooseAction(chance: Chance): Action {
  const draw = chance.below(20);
  if (draw < 9) return chooseAllocation(chance);
  if (draw < 11) return { kind: "deallocate" };
  if (draw < 12) return { kind: "release" };
  return { kind: "setHandover", handoverDate: chooseDate(chance), handoverStartDate: chooseDate(chance) };
}

/** Any officer at any prison. */
export function chooseAllocation(chance: Chance): Action {
  return { kind: "allocate", manager: chance.pick([...managers, ...newcomers]), prison: chance.pick(prisons) };
}

/** One of so few dates that those which were cleared or left come back. */
function chooseDate(chance: Chance): string | null {
  return chance.happens(0.2) ? null : `2031-07-0${chance.below(4) + 1}`;
}

interface Circumstances {
  readonly index: number;
  readonly chance: Chance;
  readonly addressed: number;
  readonly origin: string;
}

/** Mostly as Manage POM Cases tells it; now and then the event is one of ours that leads to the same questions. */
function describeEvent(announcement: Announcement, { index, chance, addressed, origin }: Circumstances) {
  const { eventType, description, path, additionalInformation } = announcement;
  const personReference = { identifiers: [{ type: "NOMS", value: nomsOf(index) }] };
  // Whole seconds, mostly just now; a few are of yesterday.
  const occurredAt = new Date(Date.now() - (chance.happens(0.1) ? day : 0)).toISOString().replace(/\.\d+Z$/, "Z");
  if (chance.happens(0.05)) {
    return { eventType: "probation-case.prison-identifier.updated", personReference, occurredAt };
  }
  if (chance.happens(0.05) && eventType.includes("handover")) {
    return { eventType: "SENTENCE_CHANGED", crn: crnOf(index), occurredAt };
  }
  // Without an address of its own, the service builds the same one.
  const detailUrl = chance.happens(addressed) ? { detailUrl: origin + path } : {};
  return { eventType, version: 1, description, ...detailUrl, additionalInformation, personReference, occurredAt };
}
