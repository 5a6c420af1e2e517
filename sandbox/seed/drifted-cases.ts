import type { Fact } from "../../src/sync/fact/outcome.ts";
import type { DriftClass } from "../../src/operations/reconciliation/drift.ts";
import type { Prisoner } from "../mpc/prisoner.ts";
import type { SeedCase } from "./case.ts";
import { driftKinds, type DriftContext, type DriftKind, type Pair } from "./drift-kinds.ts";
import { generateCases, type Generation } from "./generate.ts";
import { createPrisonSide, isReconciled } from "./prison-side.ts";

/** What to generate, and what share of the cases that a reconciliation reads is to drift. */
export interface DriftGeneration extends Generation {
  /** Per cent. */
  readonly drift: number;
}

/** A difference that was put there. */
export interface KnownDrift {
  readonly nomsNumber: string;
  readonly fact: Fact;
  readonly class: DriftClass;
}

interface DriftedCase {
  readonly seedCase: SeedCase;
  /** Null where a reconciliation does not read the case: Manage POM Cases has nothing of it. */
  readonly prisoner: Prisoner | null;
  readonly drift: KnownDrift | null;
}

/**
 * The cases of {@link generateCases}, each with what Manage POM Cases says of it. All that a reconciliation reads are
 * equal but for a known share, which takes the ways to drift in turn. The same each time.
 */
function* generateDrifted(generation: DriftGeneration): Generator<DriftedCase> {
  const side = createPrisonSide(generation);
  const codes = watchCodes();
  const next = takeInTurn(generation.drift);
  for (const seedCase of generateCases(generation)) {
    if (!isReconciled(seedCase)) {
      yield { seedCase, prisoner: null, drift: null };
      continue;
    }
    const pair = { seedCase, prisoner: side.describe(seedCase) };
    const context = { side, isKnown: codes.isKnown };
    const kind = next(pair, context);
    const drifted = kind?.apply(pair, context) ?? pair;
    codes.note(pair, drifted, kind);
    yield { ...drifted, drift: kind === null ? null : tell(pair, kind) };
  }
}

function tell({ prisoner }: Pair, kind: DriftKind): KnownDrift {
  return { nomsNumber: prisoner.noms, fact: kind.fact, class: kind.class };
}

/** Chooses how the next case drifts: of the ways that it is fit for the one that was not taken for longest. */
function takeInTurn(share: number): (pair: Pair, context: DriftContext) => DriftKind | null {
  const waiting = [...driftKinds];
  let due = 0;
  return (pair, context) => {
    due += share / 100;
    const place = due < 1 ? -1 : waiting.findIndex((kind) => kind.isFit(pair, context));
    const [kind] = place < 0 ? [] : waiting.splice(place, 1);
    if (kind === undefined) return null;
    due -= 1;
    waiting.push(kind);
    return kind;
  };
}

/** Which officers are known by their usual staff code alone. */
function watchCodes() {
  const known = new Map<number, boolean>();
  const codeOf = ({ prisoner: { allocation } }: Pair) =>
    allocation.kind === "allocated" ? allocation.manager.code : 0;
  return {
    isKnown: (code: number) => known.get(code) === true,
    note: (before: Pair, after: Pair, kind: DriftKind | null) => {
      if (kind?.class === "same-officer") known.set(codeOf(before), false);
      // What cannot be used says nothing of officers.
      else if (kind?.class !== "error" && !known.has(codeOf(after))) known.set(codeOf(after), true);
    },
  };
}

/** The Delius side of the cases. */
export function* driftedCases(generation: DriftGeneration): Generator<SeedCase> {
  for (const { seedCase } of generateDrifted(generation)) yield seedCase;
}

/** The prisoners that Manage POM Cases has, one for each case that a reconciliation reads. */
export function* generatedPrisoners(generation: DriftGeneration): Generator<Prisoner> {
  for (const { prisoner } of generateDrifted(generation)) if (prisoner !== null) yield prisoner;
}

/** What a reconciliation is to find, by case. */
export function listKnownDrift(generation: DriftGeneration): readonly KnownDrift[] {
  const known: KnownDrift[] = [];
  for (const { drift } of generateDrifted(generation)) if (drift !== null) known.push(drift);
  return known;
}
