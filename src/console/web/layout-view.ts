import type { Instant } from "../../platform/time/london-time.ts";
import type { IntakeState } from "../../sync/intake/intake-state.ts";
import type { RunningWork } from "../../operations/action/running-work.ts";
import { groupReplayAddress, reconciliationAddress, refreshAddress } from "./navigation.ts";
import { displayCount, displayMoment, type Moment } from "./display.ts";

/** A paused intake, as every page says it. */
export interface IntakeView {
  readonly by: string;
  readonly reason: string;
  readonly since: Moment;
}

/** What every page says of the intake; null while it runs. */
export function viewIntake({ running, since, by, reason }: IntakeState, now: Instant): IntakeView | null {
  if (running) return null;
  return { by: by ?? "an operator", reason: reason ?? "", since: displayMoment(since, now) };
}

/** Long work that is under way, as every page says it: `href` leads to how far it has come. */
export interface RunningView {
  readonly text: string;
  readonly href: string;
}

/** What every page says of long work; empty while there is none. */
export function viewRunning({ replaying, groups, reconciliation, refreshes }: RunningWork): readonly RunningView[] {
  // What is held waits for a person, so it is never one of "further".
  const held = refreshes.filter(({ heldAt }) => heldAt !== undefined);
  const moving = refreshes.filter(({ heldAt }) => heldAt === undefined);
  const more = moving.length - maxRefreshes;
  const work = [
    [replaying, `${displayCount(replaying, "message")} being replayed`, "/console/quarantine/messages?state=replaying"],
    [reconciliation ?? 0, "a reconciliation", reconciliationAddress(reconciliation ?? 0)],
    ...[...held, ...moving.slice(0, maxRefreshes)].map(({ refreshRun, isRepair, heldAt }) => {
      const name = `${isRepair ? "repair" : "refresh"} ${refreshRun}`;
      return [
        1,
        heldAt === undefined ? name : `${name}, held after its first cases`,
        refreshAddress(refreshRun),
      ] as const;
    }),
    [more, displayCount(more, "further refresh or repair", "further refreshes or repairs"), "/console/actions"],
  ] as const;
  return [
    ...groups.map(({ id, group }) => ({ text: `the replay of ${group}`, href: groupReplayAddress(id) })),
    ...work.filter(([number]) => number > 0).map(([, text, href]) => ({ text, href })),
  ];
}

const maxRefreshes = 3;
