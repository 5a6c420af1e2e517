import { reconciliationAddress, refreshAddress } from "../web/navigation.ts";
import type { Health } from "../../platform/health/health.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Replica } from "../../operations/intake-control/replica-report.ts";
import type { IntakeState } from "../../sync/intake/intake-state.ts";
import { displayCount, displayDuration, displayMoment, displayNumber, type Moment } from "../web/display.ts";
import type { Needs } from "./needs.ts";
import type { RunningWork } from "../../operations/action/running-work.ts";

/** Something that a person has to look at; the link leads to where that is done, and is null where no page does it yet. */
export interface Need {
  readonly text: string;
  readonly href: string | null;
  readonly since: Moment | null;
}

/** What the overview is made of. */
export interface OverviewFacts {
  readonly needs: Needs;
  readonly health: Health;
  readonly intake: IntakeState;
  /** Long work that is under way. */
  readonly work: RunningWork;
  readonly replicas: readonly Replica[];
  /** How old the oldest message is that this replica knows of; 0 where there is none. */
  readonly oldestSeconds: number;
}

/** Whether all is well and since when, what needs a person, and how everything is that the service leans on. */
export function viewOverview(facts: OverviewFacts, now: Instant) {
  const { needs, health, intake, replicas, oldestSeconds } = facts;
  const list = listNeeds(facts, now);
  const troubles = [...listDown(health, now), ...countNeeds(list)];
  const calm = Math.max(Date.parse(needs.lastFailure ?? intake.since), Date.parse(intake.since));
  return {
    calmSince: troubles.length === 0 ? displayMoment(calm, now) : null,
    troubles,
    needs: list,
    lasting: describeLasting(needs.drift),
    oldest: describeOldest(oldestSeconds),
    dependencies: Object.entries(health.components).map(([name, { status, details = {} }]) => ({
      name: componentNames[name] ?? name,
      isUp: status === "UP",
      details: describeDetails(details),
    })),
    intake: { isRunning: intake.running, by: intake.by ?? null, reason: intake.reason ?? null },
    replicas: replicas.map((replica) => viewReplica(replica, intake, now)),
  };
}

/** What the last run over all cases found that no repair ends; null where it found no such thing. */
function describeLasting(drift: Needs["drift"]) {
  if (drift === null || drift.lasting === 0) return null;
  const text = `${displayCount(drift.lasting, "difference")} that a repair does not end`;
  return { text, href: reconciliationAddress(drift.id) };
}

function viewReplica(replica: Replica, intake: IntakeState, now: Instant) {
  const { name, inWork, held, seenAt } = replica;
  const counts = { inWork: displayNumber(inWork), held: displayNumber(held) };
  return { name, state: describeReplica(replica, intake), ...counts, seen: displayMoment(seenAt, now) };
}

/** A replica follows an order within seconds: until then it stands otherwise than the order says. */
function describeReplica({ state, waitsFor }: Replica, { running, by = "an operator", reason }: IntakeState): string {
  const order = `by ${by}${reason === undefined ? "" : ` because: ${reason}`}`;
  return {
    running: running ? "Running" : "Running; pauses within seconds",
    waiting: `Waiting: ${componentNames[waitsFor ?? ""] ?? "a dependency"} is down`,
    pausing: running ? "Pausing; resumes within seconds" : `Pausing, ordered ${order}. It finishes what it has begun.`,
    paused: running ? "Paused; resumes within seconds" : `Paused ${order}`,
    stopping: "Stopping: it finishes what it has begun and gives the rest back",
    "not receiving": "Receives nothing: it runs without a consumer",
  }[state];
}

function describeOldest(seconds: number): string {
  if (seconds < 1) return "No message waits, as far as this replica knows.";
  return `The oldest message that this replica knows of was sent ${displayDuration(seconds * 1000)} ago.`;
}

/** The beginning of a sentence that ends with a time, where that is known. */
interface Trouble {
  readonly text: string;
  readonly since: Moment | null;
}

/** What is down. A replica knows when it saw that first, which is not when it began. */
function listDown({ components }: Health, now: Instant): readonly Trouble[] {
  return Object.entries(components).flatMap(([name, { status, since }]): readonly Trouble[] => {
    if (status === "UP") return [];
    const text = componentNames[name] ?? name;
    if (since === undefined) return [{ text: `${text} is down`, since: null }];
    return [{ text: `${text} has been down since at least`, since: displayMoment(since, now) }];
  });
}

/** How many things need a person, and since when the first of them has. */
function countNeeds(needs: readonly Need[]): readonly Trouble[] {
  if (needs.length === 0) return [];
  const text = `${displayCount(needs.length, "thing")} ${needs.length === 1 ? "needs" : "need"} a person`;
  const times = needs.flatMap(({ since }) => since ?? []).toSorted((one, other) => one.iso.localeCompare(other.iso));
  const [since = null] = times;
  if (since === null) return [{ text, since }];
  return [{ text: `${text}, ${needs.length === 1 ? "" : "the first of them "}since`, since }];
}

const componentNames: Readonly<Record<string, string>> = {
  database: "Delius database",
  queue: "Queue",
  mpc: "Manage POM Cases",
  hmppsAuth: "HMPPS Auth",
  auth: "HMPPS Auth",
  staffDirectory: "Staff directory",
  consumer: "Intake of this replica",
};

function listNeeds({ needs, health, intake, work }: OverviewFacts, now: Instant): readonly Need[] {
  const dead = health.components["queue"]?.details?.["dead"];
  return [
    ...(intake.running ? [] : [{ text: "Intake is paused", href: "#intake", since: displayMoment(intake.since, now) }]),
    ...needs.quarantine.map(({ reason, messages, oldest }) => ({
      text: `${displayCount(messages, "message")} quarantined: ${reason}`,
      href: `/console/quarantine/messages?reason=${encodeURIComponent(reason)}`,
      since: displayMoment(oldest, now),
    })),
    ...(typeof dead === "number" && dead > 0
      ? [{ text: displayCount(dead, "dead letter"), href: "/console/dead-letters", since: null }]
      : []),
    ...needs.waiting.map(({ waitsFor, cases, oldest }) => ({
      text: `${displayCount(cases, "case")} waiting too long for a ${waitsFor}`,
      href: `/console/waiting?waitsFor=${encodeURIComponent(waitsFor)}`,
      since: displayMoment(oldest, now),
    })),
    ...work.refreshes.flatMap(({ refreshRun, heldAt }) =>
      heldAt === undefined
        ? []
        : {
            text: `Repair ${refreshRun} held after its first cases`,
            href: refreshAddress(refreshRun),
            since: displayMoment(heldAt, now),
          },
    ),
    ...(needs.drift === null || needs.drift.differences === 0
      ? []
      : [
          {
            text: `${displayCount(needs.drift.differences, "difference")} found by the last reconciliation of all cases`,
            href: reconciliationAddress(needs.drift.id),
            since: displayMoment(needs.drift.finishedAt, now),
          },
        ]),
  ];
}

const detailNames: Readonly<Record<string, string>> = {
  waiting: "waiting",
  inFlight: "in flight",
  dead: "dead letters",
  inHand: "in hand",
};

function describeDetails(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .flatMap(([name, value]) => {
      if (typeof value === "number") return `${displayNumber(value)} ${detailNames[name] ?? name}`;
      return typeof value === "string" && name !== "name" ? value : [];
    })
    .join(", ");
}
