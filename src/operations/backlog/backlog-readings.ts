import { driftClasses } from "../reconciliation/drift.ts";
import type { Backlog } from "./backlog.ts";

/** What the gauges of the backlog show, each for every combination of its labels. */
export function readBacklog({ queue, quarantine, waiting, reconciliation }: Backlog) {
  const { waiting: visible = null, inFlight: in_flight = null, dead = null } = queue ?? {};
  const held = quarantine.filter(({ state }) => state === "held");
  const finished = reconciliation === null ? [] : [reconciliation];
  return {
    queue: Object.entries({ waiting: visible, in_flight, dead }).flatMap(([state, value]) =>
      value === null ? [] : [{ labels: { state }, value }],
    ),
    quarantined: held.map(({ reason, messages: value }) => ({ labels: { reason }, value })),
    quarantinedSince: held.map(({ reason, oldest }) => ({ labels: { reason }, value: toSeconds(oldest) })),
    waiting: waiting.map(({ waitsFor: waits_for, outcome, cases: value }) => ({
      labels: { waits_for, outcome },
      value,
    })),
    waitingSince: waiting.map(({ waitsFor: waits_for, outcome, oldest }) => ({
      labels: { waits_for, outcome },
      value: toSeconds(oldest),
    })),
    reconciledAt: finished.map(({ finishedAt }) => ({ labels: {}, value: toSeconds(finishedAt ?? "") })),
    reconciledCases: finished.map(({ compared: value }) => ({ labels: {}, value })),
    drift: finished.flatMap(({ totals }) =>
      driftClasses.map((one) => ({ labels: { class: one }, value: totals?.differences[one] ?? 0 })),
    ),
  };
}

function toSeconds(instant: string): number {
  return Date.parse(instant) / 1000;
}
