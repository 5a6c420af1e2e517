import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Uptime } from "../../platform/time/uptime.ts";
import type { Executor } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { UnreadableRowError } from "../../platform/database/database-failure.ts";
import { retry } from "../../platform/process/retry-transient.ts";
import type { NomsNumber } from "../../delius/person/person.ts";
import { comparedFactSchema, findDrift, findOfficer, type ComparedFact, type Difference } from "./drift.ts";
import type { SelectedCase } from "./selection.ts";
import { getStanding } from "./selection-store.ts";

/** Answers what the pipeline would decide about a case now, and writes nothing. */
export type Compare = (nomsNumber: NomsNumber, signal: AbortSignal) => Promise<readonly ComparedFact[]>;

/** Compares by asking what would happen to a case now. */
export function compareBy(ask: (nomsNumber: NomsNumber, signal: AbortSignal) => Promise<unknown>): Compare {
  return async (nomsNumber, signal) => z.array(comparedFactSchema).parse(await ask(nomsNumber, signal));
}

/** What cases are compared with. */
export interface ComparisonSettings {
  readonly reads: Executor;
  readonly compare: Compare;
  /** Waits until the next case may be asked about. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds before a case that could not be read is tried again, for the second and the third time. */
  readonly retryMs: readonly number[];
}

/** One reading of a case. */
export interface Reading extends SelectedCase {
  readonly differences: readonly Difference[];
  readonly officer: ReturnType<typeof findOfficer>;
  /** What failed, where the case could not be read. */
  readonly failure: DependencyError | null;
}

/** Reads a case on both sides and says how they differ; what cannot be read after some attempts is an `error`. */
export async function readCase(
  settings: ComparisonSettings,
  selected: SelectedCase,
  signal: AbortSignal,
): Promise<Reading> {
  const pauseAfter = (error: unknown, tries: number) =>
    !signal.aborted && isUnread(error) ? (settings.retryMs[tries - 1] ?? null) : null;
  try {
    return await retry(() => readOnce(settings, selected, signal), pauseAfter, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnreadableRowError) return unreadable(selected, error);
    if (!isUnread(error)) throw error;
    return failed(selected, error);
  }
}

function isUnread(error: unknown): error is DependencyError {
  return error instanceof DependencyError && error.dependency !== "database";
}

async function readOnce(
  { reads, compare, pace }: ComparisonSettings,
  selected: SelectedCase,
  signal: AbortSignal,
): Promise<Reading> {
  await pace(signal);
  const facts = await compare(selected.nomsNumber, signal);
  const standing = await getStanding(reads, selected.offenderId);
  const differences = findDrift(facts, standing);
  return { ...selected, differences, officer: findOfficer(facts, standing), failure: null };
}

/** Repeated, it would be read the same: it is the trouble of this case alone. */
function unreadable(selected: SelectedCase, { message }: UnreadableRowError): Reading {
  return { ...describeError(selected, "UnreadableRow", { unreadable: message }), failure: null };
}

function failed(selected: SelectedCase, failure: DependencyError): Reading {
  return { ...describeError(selected, `${failure.dependency}: ${failure.errorClass}`, null), failure };
}

function describeError(selected: SelectedCase, outcome: string, inDelius: Difference["inDelius"]) {
  const error: Difference = { fact: null, class: "error", outcome, inMpc: null, inDelius, deletes: 0 };
  return { ...selected, differences: [error], officer: null };
}

/** Lets so many cases a second through, evenly. */
export function evenPace(perSecond: number, uptime: Uptime): ComparisonSettings["pace"] {
  let next = 0;
  return async (signal) => {
    const now = uptime();
    const turn = Math.max(now, next);
    next = turn + 1000 / perSecond;
    if (turn > now) await wait(turn - now, undefined, { signal });
  };
}
