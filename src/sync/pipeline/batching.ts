import { DependencyError } from "../../platform/process/dependency-error.ts";
import { isPassing, repeatPassing } from "../../platform/process/retry-transient.ts";
import { findDeliusFault, withoutFaultyFacts } from "./delius-fault.ts";
import { isBlockedBatch } from "../fact/fact-handler.ts";
import type { Ending, Endings, Failed, SettleBatch, Way } from "./settle-batch.ts";
import { nomsNumberOf, type Prepared } from "./prepared-message.ts";

/** Settles one message. */
export type SettleOne = (prepared: Prepared, signal: AbortSignal) => Promise<Ending>;

/** The ways to settle a message. */
export interface Batching {
  /** In the company of others that are ready at the same moment. */
  readonly together: SettleOne;
  /** In the company of others that would probably fail, each written by itself. */
  readonly apart: SettleOne;
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
  /** Ready, and likely to fail. */
  readonly apart: Waiting[];
  /** To be settled alone. */
  readonly alone: Waiting[];
}

// No set has ended for so long: those under way are held up.
const heldUpMs = 50;

/**
 * Lets messages of different persons that are ready at the same moment share a transaction. Where the database refuses the rows of one,
 * the others are settled. A set that fails as a whole is halved until the bad case is alone, and the next ones are smaller, for where
 * there is one there are often more; those of which a set says that they stand in the way are settled alone, and the others together. One
 * writer, and no more, is spent on what is settled alone or has failed before, beside those that settle sets.
 */
export function createBatching(settings: BatchingSettings): Batching {
  const lines: Lines = { loose: [], parts: [], apart: [], alone: [] };
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
  return { together: settleIn(lines.loose), apart: settleIn(lines.apart) };
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
  void settleSet(run, set, "together").finally(() => {
    run.sets -= 1;
    clearTimeout(run.patience);
    run.patience = undefined;
    pump(run);
  });
  return true;
}

/** Begins with one that is to be alone, or with a set of those that have failed before. */
function beginAlone(run: Run): void {
  if (!isWriterFree(run)) return;
  const { alone, apart } = run.lines;
  const one = alone.shift();
  const set = one === undefined ? takeSet(apart, run.largestSet) : [one];
  const [only] = set;
  if (only === undefined) return;
  run.isAloneBusy = true;
  void (set.length === 1 ? settleAlone(run, only) : settleSet(run, set, "apart")).finally(() => {
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
async function settleSet(run: Run, set: readonly Waiting[], way: "together" | "apart"): Promise<void> {
  const { parts, apart, alone } = run.lines;
  const endings = await trySet(run, set, way);
  if (endings === null) return way === "apart" ? void alone.unshift(...set) : halve(run, set);
  if (isBlockedBatch(endings)) {
    const others = set.filter((_, place) => !endings.alone.includes(place));
    // A set in which no message blocks the others cannot be settled as one.
    if (others.length === set.length) return void alone.unshift(...set);
    alone.unshift(...set.filter((one) => !others.includes(one)));
    if (way === "apart") apart.unshift(...others);
    else if (others.length > 0) parts.unshift(others);
  } else {
    if (way === "together") run.size = Math.min(run.size + 1, run.largestSet);
    set.forEach((one, index) => finish(run, one, endings[index]));
  }
}

function halve(run: Run, set: readonly Waiting[]): void {
  const half = Math.ceil(set.length / 2);
  run.size = Math.min(run.size, half);
  if (set.length === 1) run.lines.alone.unshift(...set);
  else run.lines.parts.unshift(set.slice(0, half), set.slice(half));
}

function finish({ lines }: Run, one: Waiting, ending: Ending | Failed | undefined): void {
  if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
  else if (ending.kind !== "failed") one.resolve(ending);
  else if (mayEndOtherwiseAlone(ending.error)) lines.alone.unshift(one);
  else one.reject(ending.error);
}

// The server's names for a lock that did not come in time, and for a statement that took too long.
const lockNotAvailable = "55P03";
const queryCanceled = "57014";

/** Alone a message is given more time and more tries, and what Delius refuses for good is quarantined. */
function mayEndOtherwiseAlone(error: unknown): boolean {
  const isLate = error instanceof DependencyError && error.errorClass === queryCanceled;
  return isLate || isPassing(error) || findDeliusFault(error) !== null;
}

/** Null where the set failed: whatever it was, it meets the message that it belongs to once that is settled alone. */
async function trySet({ settleBatch }: Run, set: readonly Waiting[], way: Way): Promise<Endings | null> {
  const signal = AbortSignal.any(set.map((one) => one.signal));
  try {
    return await settleBatch(
      set.map(({ prepared }) => prepared),
      { signal, way },
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
    if (ending === undefined || ending.kind === "failed")
      throw new Error("A message that stands alone was not settled.");
    resolve(ending);
  } catch (error) {
    reject(error);
  }
}

async function settleUnlessLocked(settleBatch: SettleBatch, prepared: Prepared, signal: AbortSignal): Promise<Endings> {
  try {
    return await settleBatch([prepared], { signal, way: "alone" });
  } catch (error) {
    if (error instanceof DependencyError && error.errorClass === lockNotAvailable) return [{ kind: "locked" }];
    throw error;
  }
}
