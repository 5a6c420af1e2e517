import type { Instant } from "../../platform/time/london-time.ts";
import { changePom, isCurrent, latestEnd, removePom, type Plan, type PlannedPom, type PomId } from "./plan.ts";
import { moveResponsibility } from "./responsible-officer.ts";

/** A plan with at most one open POM, and what was done about the rest. */
export interface Tidied {
  readonly plan: Plan;
  /** The open POM as it stands. */
  readonly open: PlannedPom | undefined;
  readonly reasons: readonly string[];
}

/**
 * Leaves one open POM: of several, the one that started last stays (ties: the newest row) and the others end when it
 * started; those that started at that same moment are removed. Their responsible officer rows move to it, and it lasts as
 * long as any of them would have, so that no gap comes later (rule A5).
 */
export function keepOneOpenPom(plan: Plan, now: Instant): Tidied {
  const open = openPoms(plan, now);
  const [kept, ...others] = open;
  if (kept === undefined || others.length === 0) return { plan, open: kept, reasons: [] };
  const lasting = changePom(plan, kept.pomId, { end: latestEnd(open) });
  const single = others.reduce((current, other) => {
    const closed =
      other.start === kept.start ? removePom(current, other) : changePom(current, other.pomId, { end: kept.start });
    return moveResponsibility(closed, { from: other.pomId, to: kept.pomId, now });
  }, lasting);
  const reason = `Delius held ${others.length + 1} open POMs at once; the one that started last stays and the others end when it started.`;
  return { plan: single, open: kept, reasons: [reason] };
}

/** The open POM rows, the one that is to stay first. */
function openPoms(plan: Plan, now: Instant): readonly PlannedPom[] {
  const open = plan.poms.filter((pom) => !pom.removed && isCurrent(pom, now));
  return open.toSorted((a, b) => b.start - a.start || b.createdAt - a.createdAt || b.pomId - a.pomId);
}

/** The keys of POM rows that start later: Manage POM Cases' present answer contradicts them. */
export function findFuturePoms(plan: Plan, now: Instant): readonly PomId[] {
  return plan.poms.filter((pom) => pom.start > now).map((pom) => pom.pomId);
}

/** Removes POM rows that start later (rule A4). The rows stay in Delius, marked as deleted. */
export function removeFuturePoms({ plan, open, reasons }: Tidied, future: readonly PomId[]): Tidied {
  if (future.length === 0) return { plan, open, reasons };
  const contradicted = plan.poms.filter(({ pomId }) => future.includes(pomId));
  const removed = contradicted.reduce(removePom, plan);
  const planned =
    future.length === 1
      ? "1 POM planned for later in Delius is"
      : `${future.length} POMs planned for later in Delius are`;
  const reason = `${planned} contradicted by Manage POM Cases and removed.`;
  return { plan: removed, open, reasons: [...reasons, reason] };
}
