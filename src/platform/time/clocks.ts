import type { Clock, Uptime } from "./uptime.ts";

/** The clocks of a running process. */
export interface Clocks {
  readonly clock: Clock;
  readonly uptime: Uptime;
}

/** The machine's own. The one place that reads its wall clock: nothing else can measure a duration with it by mistake. */
export const machineClocks: Clocks = { clock: Date.now, uptime: performance.now.bind(performance) };
