import type { Clock, Uptime } from "../platform/time/uptime.ts";
import type { Database, PooledDatabase } from "../platform/database/database.ts";
import type { Log } from "../platform/process/log.ts";
import type { Metrics } from "../platform/process/metrics.ts";
import type { Tracing } from "../platform/process/tracing.ts";
import type { Probe } from "../platform/process/probe.ts";
import type { QueueAdmin } from "../platform/queue/queue-admin.ts";
import type { Queue } from "../platform/queue/queue.ts";
import type { Config } from "./config.ts";
import type { AskPresent } from "../operations/explanation/explanation-handler.ts";
import type { Preview } from "../operations/quarantine/quarantine-handler.ts";
import type { MindedGate } from "../sync/intake/gate-job.ts";
import type { Intake } from "../sync/intake/intake.ts";

/** What both halves of the service are built from: the pipeline and the API. */
export interface Parts {
  readonly config: Config;
  /** What the pipeline writes with; it repeats for itself what fails in a way that passes. */
  readonly database: PooledDatabase;
  /** The same database for everything else that writes: what fails in a way that passes is done again. */
  readonly retrying: Database;
  readonly queue: Queue;
  readonly queueAdmin: QueueAdmin;
  readonly probe: Probe;
  readonly metrics: Metrics;
  /** Shows the connections of a pool under this name from now on. */
  readonly watchPool: (name: string, pool: PooledDatabase) => void;
  readonly tracing: Tracing;
  readonly state: State;
  readonly log: Log;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly random: () => number;
  /** Milliseconds until expired rows are removed for the first time: a start is busy enough. */
  readonly firstRetentionMs: number;
  /** Aborts when the service is to stop. */
  readonly stopping: AbortSignal;
  /** What is opened is closed with the rest, in the reverse order. */
  readonly resources: AsyncDisposableStack;
}

/** Says what would be decided now, and writes nothing. */
export interface Previews {
  /** About a stored message. */
  readonly preview: Preview;
  /** About both facts of a case. */
  readonly askPresent: AskPresent;
}

/** What the API shows of the pipeline. */
export interface State {
  readonly isReady: () => boolean;
  /** Null until the database is known to be fit. */
  previews: Previews | null;
  /** Seconds since the oldest message was sent that is known of; 0 until one is. */
  oldestMessageAge: () => number;
  /** Called when the intake may stand differently than it did. */
  reportIntake: () => void;
  /** Null until it receives, and where it is not to. */
  consumer: { readonly intake: Intake; readonly gate: MindedGate } | null;
}
