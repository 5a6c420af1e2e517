import { formatLondonDate, formatLondonTime } from "../src/platform/time/london-time.ts";
import { poisonMessage } from "./announcements.ts";
import { managers } from "./mpc/page.ts";
import type { Manager, Published } from "./mpc/prisoner.ts";
import type { Peers } from "./peers.ts";
import { establishments } from "./seed/organisation.ts";

/** A step of the scenario: what is done, in words and in deed. */
export interface Step {
  readonly title: string;
  readonly done: string;
  /** Whether the diary entries of this step are to be shown whole. */
  readonly isShownWhole?: boolean;
  /** Does it; `played` holds the steps before this one. */
  readonly perform: (peers: Pick<Peers, "mpc" | "announcements">, played: readonly Played[]) => Promise<Played>;
}

/** A step that was done, and the message that tells the service of it. */
export interface Played {
  readonly inboxKey: string;
  readonly event: string;
  readonly body: string;
  /** How often the message has to be delivered until the step is over; once by default. */
  readonly deliveries?: number;
}

/** The people whom the scenario is about. */
export const scenarioPeople = ["A1001AA", "A1002AA", "A1004AA"] as const;

type Person = (typeof scenarioPeople)[number];

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * The scenario. Its allocations are announced as of the last hour, some minutes apart, as if the service had
 * been away: so one sees that each holds from the time of its event. Handover dates lie ahead of `now`.
 */
export function describeSteps(now: Date): readonly Step[] {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);
  const ahead = (days: number) => new Date(now.getTime() + days * day).toISOString().slice(0, 10);
  const start = ahead(90);
  const [first, second] = [ahead(120), ahead(150)];
  return [
    allocate("A1001AA", { title: "First allocation", surname: "POM", prison: "LEI", at: ago(50) }),
    {
      ...allocate("A1002AA", {
        title: "Reallocation: the new POM becomes responsible officer",
        surname: "Lindqvist",
        prison: "LEI",
        at: ago(40),
      }),
      isShownWhole: true,
    },
    allocate("A1001AA", { title: "Transfer to another prison", surname: "Haddad", prison: "MDI", at: ago(30) }),
    deallocate("A1001AA", { title: "Deallocation", at: ago(20) }),
    setDates("A1004AA", { title: "Handover dates set", start, handover: first }),
    setDates("A1004AA", { title: "Handover date changed", start, handover: second }),
    setDates("A1004AA", { title: "Handover dates cleared", start: null, handover: null }),
    deliverAgain,
    announceAgain,
    poison,
  ];
}

interface Allocating {
  readonly title: string;
  readonly surname: string;
  readonly prison: string;
  readonly at: Date;
}

function allocate(noms: Person, { title, surname, prison, at }: Allocating): Step {
  const manager = findManager(surname);
  const place = establishments.find((one) => one.prison === prison)?.place ?? "";
  const done = `${noms}: ${manager.forename} ${manager.surname} becomes POM at ${place} (${prison}), ${formatLondonTime(at.getTime())}`;
  const action = { kind: "allocate", manager, prison } as const;
  return { title, done, perform: async ({ mpc }) => only(await mpc.act(noms, action, { occurredAt: at })) };
}

function deallocate(noms: Person, { title, at }: Pick<Allocating, "title" | "at">): Step {
  const done = `${noms}: no one is POM any more, ${formatLondonTime(at.getTime())}`;
  const action = { kind: "deallocate" } as const;
  return { title, done, perform: async ({ mpc }) => only(await mpc.act(noms, action, { occurredAt: at })) };
}

interface SettingDates {
  readonly title: string;
  readonly start: string | null;
  readonly handover: string | null;
}

function setDates(noms: Person, { title, start, handover }: SettingDates): Step {
  const done = `${noms}: handover start ${formatDay(start)}, handover ${formatDay(handover)}`;
  const action = { kind: "setHandover", handoverStartDate: start, handoverDate: handover } as const;
  return { title, done, perform: async ({ mpc }) => only(await mpc.act(noms, action)) };
}

const deliverAgain: Step = {
  title: "A duplicate",
  done: "The queue delivers the message of step 1 once more",
  perform: async ({ announcements }, [first]) => {
    if (first === undefined) throw new Error("There is no message to deliver again.");
    await announcements.deliverAgain({ ...first, eventType: first.event });
    return { ...first, deliveries: 2 };
  },
};

const announceAgain: Step = {
  title: "The same news in a second message",
  done: "A1001AA: Manage POM Cases announces step 4 once more",
  perform: async ({ mpc }, played) => {
    const deallocation = played[3];
    if (deallocation === undefined) throw new Error("There is no event to announce again.");
    const { event, body, inboxKey } = deallocation;
    return { event, body, inboxKey: await mpc.republish({ messageId: inboxKey, eventType: event, body }) };
  },
};

const poison: Step = {
  title: "A poison message",
  done: "Someone publishes text that is not JSON",
  perform: async ({ announcements }) => {
    const { inboxKey, eventType, body } = await announcements.publish(poisonMessage);
    return { event: eventType, body, inboxKey };
  },
};

function findManager(wanted: string): Manager {
  const manager = managers.find(({ surname }) => surname === wanted);
  if (manager === undefined) throw new Error(`The simulator has no officer ${wanted}.`);
  return manager;
}

function only(published: readonly Published[]): Played {
  const [event] = published;
  if (event === undefined) throw new Error("Manage POM Cases announced nothing.");
  return { inboxKey: event.messageId, event: event.eventType, body: event.body };
}

function formatDay(date: string | null): string {
  return date === null ? "none" : formatLondonDate(Date.parse(`${date}T12:00:00Z`));
}
