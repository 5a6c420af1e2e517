/** How a run stands. Of one that a command carries out it is not known whether it goes on or was broken off. */
export const runStates = ["running", "finished", "cancelled", "unfinished"] as const;

export type RunState = (typeof runStates)[number];
