import { DependencyError } from "../../platform/process/dependency-error.ts";
import { repeatPassing } from "../../platform/process/retry-transient.ts";
import { withoutFaultyFacts } from "./delius-fault.ts";
import { isBlockedBatch } from "../fact/fact-handler.ts";
import type { Ending, Endings, SettleBatch } from "./settle-batch.ts";
import { nomsNumberOf, type Prepared } from "./prepared-message.ts";

/** Settles one message. */
export type SettleOne = (prepared: Prepared, signal: AbortSignal) => Promise<Ending>;

/** The ways to settle a message. */
export interface Batching {
  /** In the company of others that are ready at the same moment. */
  readonly together: SettleOne;
  /** In a transaction of its own, for one that would probably spoil a set. */
  readonly alone: SettleOne;
}

/** How messages are batched into sets. */
export interface BatchingSettings {
  readonly settleBatch: SettleBatch;
  /**
   * Transactions at once. Few make large sets, and share the database's processors with their own reads; more than is
   * usual, up to `most`, only for a message that is settled alone, and while those under way are held up, by a lock perhaps.
   */
  readonly writers: { readonly usual: number; readonly most: number };
  readonly largestSet: number;
  readonly random: () => number;
}

interface Waiting {
  readonly prepared: Prepared;
  readonly signal: AbortSignal;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

interface Lines {
  /** Ready, and not yet in a set. */
  readonly loose: Waiting[];
  /** Parts of sets that failed. */
  readonly parts: (readonly Waiting[])[];
  /** To be settled alone. */
  readonly alone: Waiting[];
}

// No set has ended for so long: those under way are held up.
const heldUpMs = 50;

/**
 * Lets messages of different persons that are ready at the same moment share a transaction. A set that fails is halved until the bad
 * case is alone, so that it spoils no other, and the next ones are smaller, for where there is one there are often more; those
 * of which a set says that they stand in the way are settled alone, and the others together. One writer, and no more, is spent on what is
 * settled alone, beside those that settle sets.
 */
export function createBatching(settings: BatchingSettings): Batching {
  const lines: Lines = { loose: [], parts: [], alone: [] };
  const run: Run = {
    ...settings,
    lines,
    size: settings.largestSet,
    sets: 0,
    isAloneBusy: false,
    isScheduled: false,
    patience: undefined,
  };
  const settleIn =
    (line: Waiting[]): SettleOne =>
    (prepared, signal) =>
      new Promise<Ending>((resolve, reject) => {
        line.push({ prepared, signal, resolve, reject });
        if (run.isScheduled) return;
        // What became ready in the same turn travels together.
        run.isScheduled = true;
        setImmediate(pump, run);
      });
  return { together: settleIn(lines.loose), alone: settleIn(lines.alone) };
}

interface Run extends BatchingSettings {
  readonly lines: Lines;
  /** How large a set may be at present. */
  size: number;
  /** Sets under way. */
  sets: number;
  isAloneBusy: boolean;
  isScheduled: boolean;
  patience: NodeJS.Timeout | undefined;
}

function pump(run: Run): void {
  const { writers, lines } = run;
  run.isScheduled = false;
  while (run.sets < writers.usual && lines.parts.length > 0 && beginSet(run));
  if (!run.isAloneBusy) beginAlone(run);
  while (run.sets < writers.usual && beginSet(run));
  const isAnyLeft = lines.loose.length + lines.parts.length > 0;
  if (isAnyLeft && isWriterFree(run)) run.patience ??= setTimeout(beginAnother, heldUpMs, run);
}

function beginAnother(run: Run): void {
  run.patience = undefined;
  beginSet(run);
  pump(run);
}

function isWriterFree({ sets, isAloneBusy, writers }: Run): boolean {
  return sets + (isAloneBusy ? 1 : 0) < writers.most;
}

/** Begins to settle a set; false when there is none, or no writer for it. */
function beginSet(run: Run): boolean {
  if (!isWriterFree(run)) return false;
  const set = run.lines.parts.shift() ?? takeSet(run.lines.loose, run.size);
  if (set.length === 0) return false;
  run.sets += 1;
  void settleTogether(run, set).finally(() => {
    run.sets -= 1;
    clearTimeout(run.patience);
    run.patience = undefined;
    pump(run);
  });
  return true;
}

function beginAlone(run: Run): void {
  const one = isWriterFree(run) ? run.lines.alone.shift() : undefined;
  if (one === undefined) return;
  run.isAloneBusy = true;
  void settleAlone(run, one).finally(() => {
    run.isAloneBusy = false;
    pump(run);
  });
}

/** Takes messages from the front of the line, but no two that concern the same person or carry the same key. */
function takeSet(waiting: Waiting[], largest: number): readonly Waiting[] {
  const taken: Waiting[] = [];
  const left: Waiting[] = [];
  const seen = new Set<string>();
  for (const one of waiting.splice(0)) {
    const marks = marksOf(one.prepared);
    if (taken.length === largest || marks.some((mark) => seen.has(mark))) {
      left.push(one);
      continue;
    }
    marks.forEach((mark) => seen.add(mark));
    taken.push(one);
  }
  waiting.push(...left);
  return taken;
}

function marksOf({ message, lookup }: Prepared): readonly string[] {
  const nomsNumber = nomsNumberOf(message, lookup);
  return [
    `key ${message.envelope.inboxKey}`,
    ...lookup.persons.map(({ offenderId }) => `person ${offenderId}`),
    ...(nomsNumber === null ? [] : [`NOMS ${nomsNumber}`]),
  ];
}

/** Settles a set, and never raises. What is still to be settled goes back into its line. */
async function settleTogether(run: Run, set: readonly Waiting[]): Promise<void> {
  const { settleBatch, largestSet, lines } = run;
  const { parts, alone } = lines;
  const endings = await trySet(settleBatch, set);
  if (endings === null) {
    const half = Math.ceil(set.length / 2);
    const halves = [set.slice(0, half), set.slice(half)];
    run.size = Math.min(run.size, half);
    if (set.length === 1) alone.unshift(...set);
    else parts.unshift(...halves);
  } else if (isBlockedBatch(endings)) {
    const others = set.filter((_, place) => !endings.alone.includes(place));
    // A set in which no message blocks the others cannot be settled as one.
    const isForAll = others.length === set.length;
    alone.unshift(...set.filter((one) => isForAll || !others.includes(one)));
    if (!isForAll && others.length > 0) parts.unshift(others);
  } else {
    run.size = Math.min(run.size + 1, largestSet);
    set.forEach((one, index) => {
      const ending = endings[index];
      if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
      else one.resolve(ending);
    });
  }
}

/** Null where the set failed: whatever it was, it meets the message that it belongs to once that is settled alone. */
async function trySet(settleBatch: SettleBatch, set: readonly Waiting[]): Promise<Endings | null> {
  const signal = AbortSignal.any(set.map((one) => one.signal));
  try {
    return await settleBatch(
      set.map(({ prepared }) => prepared),
      { signal, isAlone: false },
    );
  } catch {
    return null;
  }
}

async function settleAlone({ settleBatch, random }: BatchingSettings, one: Waiting): Promise<void> {
  const { prepared, signal, resolve, reject } = one;
  try {
    const endings = await withoutFaultyFacts(prepared, (rest) =>
      repeatPassing(() => settleUnlessLocked(settleBatch, rest, signal), { signal, random }),
    );
    const ending = isBlockedBatch(endings) ? undefined : endings[0];
    if (ending === undefined) throw new Error("A message that stands alone was not settled.");
    resolve(ending);
  } catch (error) {
    reject(error);
  }
}

// The server's name for a lock that did not come in time.
const lockNotAvailable = "55P03";

async function settleUnlessLocked(settleBatch: SettleBatch, prepared: Prepared, signal: AbortSignal): Promise<Endings> {
  try {
    return await settleBatch([prepared], { signal, isAlone: true });
  } catch (error) {
    if (error instanceof DependencyError && error.errorClass === lockNotAvailable) return [{ kind: "locked" }];
    throw error;
  }
}
