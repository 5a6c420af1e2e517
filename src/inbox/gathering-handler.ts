import { repeatPassing } from "../adapters/passing-failure.ts";
import type { Ending, SettleSet } from "./settlement-handler.ts";
import { nomsNumberOf, type Prepared } from "./verdict.ts";

/** Settles one message, in the company of others that are ready at the same moment. */
export type SettleOne = (prepared: Prepared, signal: AbortSignal) => Promise<Ending>;

/** How messages are gathered into sets. */
export interface GatheringSettings {
  readonly settleSet: SettleSet;
  /** Transactions at once. Few are faster: they share the database's processors with their own reads. */
  readonly writers: number;
  readonly largestSet: number;
  readonly random: () => number;
}

interface Waiting {
  readonly prepared: Prepared;
  readonly signal: AbortSignal;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets messages of different persons that are ready at the same moment share a transaction; when a set fails, each of
 * its messages is settled alone, so that one bad case spoils no other (spec 5.1).
 */
export function createGathering(settings: GatheringSettings): SettleOne {
  const { writers, largestSet } = settings;
  const waiting: Waiting[] = [];
  let active = 0;
  const pump = (): void => {
    while (active < writers && waiting.length > 0) {
      active += 1;
      void settleTogether(settings, takeSet(waiting, largestSet)).finally(() => {
        active -= 1;
        pump();
      });
    }
  };
  return (prepared, signal) =>
    new Promise<Ending>((resolve, reject) => {
      waiting.push({ prepared, signal, resolve, reject });
      pump();
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

function marksOf({ message, sighting }: Prepared): readonly string[] {
  const nomsNumber = nomsNumberOf(message, sighting);
  return [
    `key ${message.envelope.inboxKey}`,
    ...sighting.persons.map(({ offenderId }) => `person ${offenderId}`),
    ...(nomsNumber === null ? [] : [`NOMS ${nomsNumber}`]),
  ];
}

async function settleTogether(settings: GatheringSettings, set: readonly Waiting[]): Promise<void> {
  const endings = set.length > 1 ? await trySet(settings.settleSet, set) : "alone";
  if (endings === "alone") {
    for (const one of set) await settleAlone(settings, one);
    return;
  }
  set.forEach((one, index) => {
    const ending = endings[index];
    if (ending === undefined) one.reject(new Error("A set ended without one of its messages."));
    else one.resolve(ending);
  });
}

async function trySet(settleSet: SettleSet, set: readonly Waiting[]): Promise<readonly Ending[] | "alone"> {
  try {
    return await settleSet(
      set.map(({ prepared }) => prepared),
      AbortSignal.any(set.map(({ signal }) => signal)),
    );
  } catch {
    // Whatever it was, it meets the message that it belongs to once each is settled alone.
    return "alone";
  }
}

async function settleAlone({ settleSet, random }: GatheringSettings, one: Waiting): Promise<void> {
  const { prepared, signal, resolve, reject } = one;
  try {
    const endings = await repeatPassing(() => settleSet([prepared], signal), { signal, random });
    const ending = endings === "alone" ? undefined : endings[0];
    if (ending === undefined) throw new Error("A message that stands alone was not settled.");
    resolve(ending);
  } catch (error) {
    reject(error);
  }
}
