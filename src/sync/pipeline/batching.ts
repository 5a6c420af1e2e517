import { chooseWay, divide, leaveOut, type Lines, type Part, type Waiting } from "./failed-set.ts";
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

// No set has ended for so long: those under way are held up.
const heldUpMs = 50;

// What failed in a set counts for about so many of the next, since one bad case is often followed by others.
const rememberedSets = 8;

// While messages that have failed before fail again, each would cost a transaction: they wait until so many share one, or for so long.
const gathering = { messages: 12, milliseconds: 200 };

/**
 * Lets messages of different persons that are ready at the same moment share a transaction. A set that fails is begun anew and written in
 * groups, so that what the database refuses of one spoils no other; so are the next sets, in smaller groups the more messages fail.
 * Where such a set fails as a whole, it is halved until the bad case is alone, and the next sets are smaller. Messages that block their
 * set are settled alone, and the others together. At most one writer, beside those that settle sets, is used for messages that are
 * settled alone or have failed before. These wait for each other while they go on failing; a set of them that fails is settled one by one.
 */
export function createBatching(settings: BatchingSettings): Batching {
  const lines: Lines = { loose: [], parts: [], apart: [], alone: [] };
  const run: Run = {
    ...settings,
    lines,
    size: settings.largestSet,
    failingShare: 0,
    sets: 0,
    isAloneBusy: false,
    isApartFailing: false,
    isScheduled: false,
    patience: undefined,
    gathering: undefined,
    isTimeUp: false,
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
  /** Which share of the messages fails of late, but for those that have failed before. */
  failingShare: number;
  /** Sets under way. */
  sets: number;
  isAloneBusy: boolean;
  /** Whether anything failed when messages were last settled alone, or apart. */
  isApartFailing: boolean;
  isScheduled: boolean;
  patience: NodeJS.Timeout | undefined;
  /** Ends the time for which those that have failed before wait for each other. */
  gathering: NodeJS.Timeout | undefined;
  isTimeUp: boolean;
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
  const way = set.length === 1 ? "together" : chooseWay(run.failingShare);
  void settleSet(run, { way, hasFailed: false, ...part, set }).finally(() => {
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
  if (one === undefined && !isApartDue(run)) return;
  const set = one === undefined ? takeSet(apart, run.largestSet) : [one];
  const [only] = set;
  if (only === undefined) return;
  run.isAloneBusy = true;
  const settling =
    set.length > 1 ? settleSet(run, { set, way: { groupsOf: 1 }, hasFailed: true }) : settleOnly(run, only);
  void settling.finally(() => {
    run.isAloneBusy = false;
    pump(run);
  });
}

async function settleOnly(run: Run, { prepared, signal, resolve, reject }: Waiting): Promise<void> {
  try {
    resolve(await settleAlone(run, prepared, signal));
    run.isApartFailing = false;
  } catch (error) {
    run.isApartFailing = true;
    reject(error);
  }
}

/** Whether those that have failed before need wait for each other no longer; otherwise they go on waiting. */
function isApartDue(run: Run): boolean {
  const isTime = !run.isApartFailing || run.lines.apart.length >= gathering.messages || run.isTimeUp;
  if (isTime) {
    clearTimeout(run.gathering);
    run.gathering = undefined;
    run.isTimeUp = false;
  } else {
    run.gathering ??= setTimeout(() => {
      run.isTimeUp = true;
      pump(run);
    }, gathering.milliseconds);
  }
  return isTime;
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
    if (hasFailed) run.isApartFailing = true;
    else run.failingShare += (1 / set.length - run.failingShare) / rememberedSets;
    run.size = Math.min(run.size, divide(run.lines, part));
    return;
  }
  if ("alone" in endings) return leaveOut(run.lines, part, endings);
  const failed = endings.filter(({ kind }) => kind === "failed").length;
  if (hasFailed) run.isApartFailing = failed > 0;
  else {
    run.size = Math.min(run.size + 1, run.largestSet);
    run.failingShare += (failed / set.length - run.failingShare) / rememberedSets;
  }
  for (const [place, one] of set.entries()) {
    const ending = endings[place];
    if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
    else if (ending.kind !== "failed") one.resolve(ending);
    else if (mayEndOtherwiseAlone(ending.error)) run.lines.alone.unshift(one);
    else one.reject(ending.error);
  }
}
