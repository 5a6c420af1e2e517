import type { Instant } from "../../platform/time/london-time.ts";
import type { IntakeState } from "../../sync/intake/intake-state.ts";
import { displayMoment, type Moment } from "./display.ts";

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
