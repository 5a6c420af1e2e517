import { repeatPassing } from "../adapters/passing-failure.ts";
import { isInTheWay } from "./fact-handler.ts";
import type { Ending, Endings, SettleSet } from "./settlement-handler.ts";
import { nomsNumberOf, type Prepared } from "./verdict.ts";

/** Settles one message, in the company of others that are ready at the same moment. */
export type SettleOne = (prepared: Prepared, signal: AbortSignal) => Promise<Ending>;

/** How messages are gathered into sets. */
export interface GatheringSettings {
  readonly settleSet: SettleSet;
  /**
   * Transactions at once. Few make large sets, and share the database's processors with their own reads; more than is
   * usual, up to `most`, only while those under way are held up, by a lock perhaps.
   */
  readonly writers: { readonly usual: number; readonly most: number };
  readonly largestSet: number;
  readonly random: () => number;
}

interface Waiting {
  readonly prepared: Prepared;
  readonly signal: AbortSignal;
  /** It stood in the way of a set, or was in one that failed. */
  readonly isAlone: boolean;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

// No set has ended for so long: those under way are held up.
const heldUpMs = 50;

/**
 * Lets messages of different persons that are ready at the same moment share a transaction; when a set fails, each of
 * its messages is settled alone, so that one bad case spoils no other (spec 5.1). Those of which a set says that they stand
 * in the way are settled alone, and the others together.
 */
export function createGathering(settings: GatheringSettings): SettleOne {
  const { writers, largestSet } = settings;
  const waiting: Waiting[] = [];
  let active = 0;
  let isScheduled = false;
  let patience: NodeJS.Timeout | undefined;
  const begin = (): void => {
    active += 1;
    void end(settleTogether(settings, takeSet(waiting, largestSet)));
  };
  const end = async (set: Promise<readonly Waiting[]>): Promise<void> => {
    waiting.unshift(...(await set));
    active -= 1;
    clearTimeout(patience);
    patience = undefined;
    pump();
  };
  const pump = (): void => {
    isScheduled = false;
    while (active < writers.usual && waiting.length > 0) begin();
    if (waiting.length > 0 && active < writers.most) patience ??= setTimeout(beginAnother, heldUpMs);
  };
  const beginAnother = (): void => {
    patience = undefined;
    if (waiting.length > 0 && active < writers.most) begin();
    pump();
  };
  return (prepared, signal) =>
    new Promise<Ending>((resolve, reject) => {
      waiting.push({ prepared, signal, isAlone: false, resolve, reject });
      if (isScheduled) return;
      // What became ready in the same turn travels together.
      isScheduled = true;
      setImmediate(pump);
    });
}

/** Takes messages from the front of the line, but no two that concern the same person or carry the same key. */
function takeSet(waiting: Waiting[], largest: number): readonly Waiting[] {
  if (waiting[0]?.isAlone === true) return waiting.splice(0, 1);
  const taken: Waiting[] = [];
  const left: Waiting[] = [];
  const seen = new Set<string>();
  for (const one of waiting.splice(0)) {
    const marks = marksOf(one.prepared);
    if (taken.length === largest || one.isAlone || marks.some((mark) => seen.has(mark))) {
      left.push(one);
      continue;
    }
    marks.forEach((mark) => seen.add(mark));
    taken.push(one);
  }
  waiting.push(...left);
  return taken;
}

function marksOf({ message, sighting }: Prepared): readonly string[] {
  const nomsNumber = nomsNumberOf(message, sighting);
  return [
    `key ${message.envelope.inboxKey}`,
    ...sighting.persons.map(({ offenderId }) => `person ${offenderId}`),
    ...(nomsNumber === null ? [] : [`NOMS ${nomsNumber}`]),
  ];
}

/** Settles a set, and never raises. Answers those that are still to be settled. */
async function settleTogether(settings: GatheringSettings, set: readonly Waiting[]): Promise<readonly Waiting[]> {
  const [first, ...others] = set;
  if (first === undefined) return [];
  if (others.length === 0) {
    await settleAlone(settings, first);
    return [];
  }
  const endings = await trySet(settings.settleSet, set);
  if (isInTheWay(endings)) {
    // A set of which nobody stands in the way has failed for all of them.
    const isAlone = (place: number) => endings.alone.length === 0 || endings.alone.includes(place);
    return set.map((one, place) => ({ ...one, isAlone: isAlone(place) }));
  }
  set.forEach((one, index) => {
    const ending = endings[index];
    if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
    else one.resolve(ending);
  });
  return [];
}

async function trySet(settleSet: SettleSet, set: readonly Waiting[]): Promise<Endings> {
  try {
    return await settleSet(
      set.map(({ prepared }) => prepared),
      AbortSignal.any(set.map(({ signal }) => signal)),
    );
  } catch {
    // Whatever it was, it meets the message that it belongs to once each is settled alone.
    return { alone: [] };
  }
}

async function settleAlone({ settleSet, random }: GatheringSettings, one: Waiting): Promise<void> {
  const { prepared, signal, resolve, reject } = one;
  try {
    const endings = await repeatPassing(() => settleSet([prepared], signal), { signal, random });
    const ending = isInTheWay(endings) ? undefined : endings[0];
    if (ending === undefined) throw new Error("A message that stands alone was not settled.");
    resolve(ending);
  } catch (error) {
    reject(error);
  }
}
