import type { Database } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import { repeatingJob, type Job } from "../../platform/process/repeating-job.ts";
import { stepGroupReplays } from "./group-replay-handler.ts";

/** What lets groups go on is built from. */
export interface GroupReplayJobSettings {
  readonly database: Database;
  readonly log: Log;
  readonly random: () => number;
}

const pollMs = 2_000;

/** Lets the groups that operators ordered to be replayed go on by themselves. Every replica has one. Dispose lets a step end. */
export function createGroupReplayJob({ database, log, random }: GroupReplayJobSettings): Job {
  const pause = () => pollMs * (0.5 + random());
  const fail = (error: unknown) => log.warn({ errorClass: errorClassOf(error) }, "group replays failed; will retry");
  return repeatingJob((signal) => stepGroupReplays({ database, log }, signal), { first: 0, pause, fail });
}
