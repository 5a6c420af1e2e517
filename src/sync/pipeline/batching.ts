import type { BlockedBatch } from "../fact/fact-handler.ts";
import { subjectOf, type Prepared } from "./prepared-message.ts";
import { mayEndOtherwiseAlone, settleAlone } from "./settle-alone.ts";
import type { Ending, Endings, SettleBatch } from "./settle-batch.ts";

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
   * Transactions at once. Few make large sets, and share the database's processors with their own reads; more than is usual, up to
   * `most`, only for messages that are settled alone or have failed before, and while those under way are held up, by a lock perhaps.
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

interface Part {
  readonly set: readonly Waiting[];
  readonly way: "together" | "apart";
  /** They have failed before. */
  readonly hasFailed: boolean;
}

interface Lines {
  /** Ready, and not yet in a set. */
  readonly loose: Waiting[];
  /** Sets to be settled again, or parts of them. */
  readonly parts: Part[];
  /** Ready, and likely to fail. */
  readonly apart: Waiting[];
  /** To be settled alone. */
  readonly alone: Waiting[];
}

// No set has ended for so long: those under way are held up.
const heldUpMs = 50;

/**
 * Lets messages of different persons that are ready at the same moment share a transaction. A set that fails is begun anew with each
 * message written apart, so that what the database refuses of one spoils no other. Where that fails too, it is halved until the bad case
 * is alone, and the next sets are smaller, since one bad case is often followed by more. Messages that block their set are settled alone,
 * and the others together. At most one writer, beside those that settle sets, is used for messages that are settled alone or have failed
 * before; a set of these that fails is settled one by one.
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
  if (lines.alone.length + lines.apart.length > 0) beginAlone(run);
  while (run.sets < writers.usual && beginSet(run));
  const isAnyLeft = lines.loose.length + lines.parts.length > 0;
  const isWriterFree = run.sets + Number(run.isAloneBusy) < writers.most;
  if (isAnyLeft && isWriterFree) run.patience ??= setTimeout(beginAnother, heldUpMs, run);
}

function beginAnother(run: Run): void {
  run.patience = undefined;
  beginSet(run);
  pump(run);
}

/** Begins to settle a set; false when there is none, or no writer for it. */
function beginSet(run: Run): boolean {
  const { lines, size, writers } = run;
  if (run.sets + Number(run.isAloneBusy) >= writers.most) return false;
  const part = lines.parts.shift();
  // The messages of a part are of different people already: none is left over.
  const set = part === undefined ? takeSet(lines.loose, size) : takeSet([...part.set], part.set.length);
  if (set.length === 0) return false;
  run.sets += 1;
  void settleSet(run, { way: "together", hasFailed: false, ...part, set }).finally(() => {
    run.sets -= 1;
    clearTimeout(run.patience);
    run.patience = undefined;
    pump(run);
  });
  return true;
}

/** Begins with one that is to be alone, or with a set of those that have failed before. */
function beginAlone(run: Run): void {
  if (run.isAloneBusy || run.sets >= run.writers.most) return;
  const { alone, apart } = run.lines;
  const one = alone.shift();
  const set = one === undefined ? takeSet(apart, run.largestSet) : [one];
  const [only] = set;
  if (only === undefined) return;
  run.isAloneBusy = true;
  const settling =
    set.length > 1
      ? settleSet(run, { set, way: "apart", hasFailed: true })
      : settleAlone(run, only.prepared, only.signal).then(only.resolve, only.reject);
  void settling.finally(() => {
    run.isAloneBusy = false;
    pump(run);
  });
}

/**
 * Takes messages from the front of the line, but no two that concern the same person or carry the same key. Rejects those whose time is
 * up: they would give up their whole set.
 */
function takeSet(waiting: Waiting[], largest: number): readonly Waiting[] {
  const taken: Waiting[] = [];
  const left: Waiting[] = [];
  const seen = new Set<string>();
  for (const one of waiting.splice(0)) {
    const { message, lookup } = one.prepared;
    const { nomsNumber } = subjectOf(one.prepared);
    const marks = [
      `key ${message.envelope.inboxKey}`,
      ...lookup.persons.map(({ offenderId }) => `person ${offenderId}`),
      ...(nomsNumber === null ? [] : [`NOMS ${nomsNumber}`]),
    ];
    if (one.signal.aborted) one.reject(one.signal.reason);
    else if (taken.length === largest || marks.some((mark) => seen.has(mark))) left.push(one);
    else {
      marks.forEach((mark) => seen.add(mark));
      taken.push(one);
    }
  }
  waiting.push(...left);
  return taken;
}

/** Settles a set, and never raises. What is still to be settled goes back into its line. */
async function settleSet(run: Run, part: Part): Promise<void> {
  const { set, way, hasFailed } = part;
  const signal = AbortSignal.any(set.map((one) => one.signal));
  const batch = set.map(({ prepared }) => prepared);
  let endings: Endings;
  try {
    endings = await run.settleBatch(batch, { signal, way });
  } catch {
    // Whatever failed, the message that caused it will fail by itself once it is settled alone.
    return divide(run, part);
  }
  if ("alone" in endings) return leaveOut(run, part, endings);
  if (!hasFailed) run.size = Math.min(run.size + 1, run.largestSet);
  for (const [place, one] of set.entries()) {
    const ending = endings[place];
    if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
    else if (ending.kind !== "failed") one.resolve(ending);
    else if (mayEndOtherwiseAlone(ending.error)) run.lines.alone.unshift(one);
    else one.reject(ending.error);
  }
}

function divide(run: Run, { set, way, hasFailed }: Part): void {
  const { parts, alone } = run.lines;
  const half = Math.ceil(set.length / 2);
  if (hasFailed || set.length === 1) alone.unshift(...set);
  else if (way === "together") parts.unshift({ set, way: "apart", hasFailed });
  else {
    run.size = Math.min(run.size, half);
    parts.unshift({ set: set.slice(0, half), way, hasFailed }, { set: set.slice(half), way, hasFailed });
  }
}

/**
 * Lets the messages that block a set go alone, and the others together; alone, too, where no message of it blocks the others, or all do:
 * it cannot be settled as one.
 */
function leaveOut({ lines }: Run, part: Part, blocked: BlockedBatch): void {
  const { set, hasFailed } = part;
  const others = set.filter((_, place) => !blocked.alone.includes(place));
  lines.alone.unshift(...set.filter((one) => !others.includes(one)));
  if (others.length === set.length) lines.alone.unshift(...others);
  else if (hasFailed) lines.apart.unshift(...others);
  else if (others.length > 0) lines.parts.unshift({ ...part, set: others });
}
