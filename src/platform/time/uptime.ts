/**
 * Milliseconds on a clock that only goes forward, no matter what is done to the machine's time. Durations are measured with it. Where it
 * began means nothing to anyone else, so its readings are neither stored nor shown.
 */
export type Uptime = () => number;

/** A wall clock: milliseconds since the epoch. For instants that are stored, shown or compared with someone else's. */
export type Clock = () => number;
