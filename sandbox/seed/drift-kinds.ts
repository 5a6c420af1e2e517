import type { Fact } from "../../src/sync/fact/outcome.ts";
import type { DriftClass } from "../../src/operations/reconciliation/drift.ts";
import type { Prisoner } from "../mpc/prisoner.ts";
import type { SeedCase } from "./case.ts";
import { findOpenPom, listActiveSentences, type Allocated, type PrisonSide } from "./prison-side.ts";

/** A case on both sides: as Delius has it, and as Manage POM Cases has it. */
export interface Pair {
  readonly seedCase: SeedCase;
  readonly prisoner: Prisoner;
}

/** What a drift is made of. */
export interface DriftContext {
  readonly side: PrisonSide;
  /** Whether an earlier case has this officer under the usual staff code, and no case has them under another. */
  readonly isKnown: (staffCode: number) => boolean;
}

/** One way in which a case drifts. */
export interface DriftKind {
  readonly fact: Fact;
  readonly class: DriftClass;
  readonly isFit: (pair: Pair, context: DriftContext) => boolean;
  readonly apply: (pair: Pair, context: DriftContext) => Pair;
}

const later = { handoverDate: "2040-03-01", handoverStartDate: "2040-01-05" };
const cleared = { handoverDate: null, handoverStartDate: null };

/** The ways in which generated cases drift: each class by at least one of them. */
export const driftKinds: readonly DriftKind[] = [
  {
    fact: "allocation",
    class: "pom-missing",
    isFit: ({ seedCase }) => findOpenPom(seedCase) === undefined,
    apply: (pair, { side }) => allocated(pair, side.pickOfficer(homeOf(pair), pair.seedCase.id)),
  },
  {
    fact: "allocation",
    class: "pom-different",
    isFit: hasPom,
    apply: (pair, { side }) => allocated(pair, pickOther(pair, side)),
  },
  {
    fact: "allocation",
    class: "pom-different",
    isFit: hasPom,
    apply: (pair, { side }) => allocated(pair, side.pickOfficer(side.nextProvider(providerOf(pair)), pair.seedCase.id)),
  },
  {
    fact: "allocation",
    class: "pom-different",
    isFit: hasPom,
    apply: (pair) => changed(pair, ({ manager, ...rest }) => ({ ...rest, manager: { ...manager, email: newEmail } })),
  },
  {
    fact: "allocation",
    class: "pom-extra",
    isFit: hasPom,
    apply: (pair) => said(pair, { allocation: { kind: "deallocated", prison: "LEI" } }),
  },
  {
    fact: "allocation",
    class: "stale",
    isFit: hasPom,
    apply: (pair) => said(pair, { allocation: { kind: "notReady" } }),
  },
  {
    fact: "allocation",
    class: "same-officer",
    isFit: ({ prisoner: { allocation } }, { isKnown }) =>
      allocation.kind === "allocated" && isKnown(allocation.manager.code),
    apply: (pair) =>
      changed(pair, ({ manager, ...rest }) => ({
        ...rest,
        manager: { ...manager, code: manager.code + secondCodes },
      })),
  },
  {
    fact: "allocation",
    class: "error",
    isFit: hasPom,
    apply: (pair) => changed(pair, (allocation) => ({ ...allocation, prison: "XXX" })),
  },
  {
    fact: "handover",
    class: "date-missing",
    isFit: (pair) => hasOneSentence(pair) && countDates(pair) === 0,
    apply: (pair) => said(pair, { handover: later }),
  },
  {
    fact: "handover",
    class: "date-different",
    isFit: (pair) => hasOneSentence(pair) && countDates(pair) === 2,
    apply: (pair) => said(pair, { handover: later }),
  },
  {
    fact: "handover",
    class: "date-extra",
    isFit: (pair) => hasOneSentence(pair) && countDates(pair) === 2,
    apply: (pair) => said(pair, { handover: cleared }),
  },
  {
    fact: "handover",
    class: "stale",
    isFit: (pair) => hasOneSentence(pair) && countDates(pair) > 0,
    apply: (pair) => said(pair, { handover: null }),
  },
  {
    fact: "handover",
    class: "cannot-apply",
    isFit: ({ seedCase }) => listActiveSentences(seedCase).length > 1,
    apply: (pair) => said(pair, { handover: later }),
  },
  {
    fact: "handover",
    class: "cannot-apply",
    isFit: (pair) => hasPom(pair) && hasOneSentence(pair),
    apply: ({ seedCase, prisoner }) => ({
      seedCase: { ...seedCase, sentences: (seedCase.sentences ?? []).map((one) => ({ ...one, isOver: true })) },
      prisoner: { ...prisoner, handover: later },
    }),
  },
];

const newEmail = "another.address@example.com";
const secondCodes = 100_000;

function hasPom({ seedCase }: Pair): boolean {
  return findOpenPom(seedCase) !== undefined;
}

function hasOneSentence({ seedCase }: Pair): boolean {
  return listActiveSentences(seedCase).length === 1;
}

function countDates({ prisoner: { handover } }: Pair): number {
  return [handover?.handoverDate, handover?.handoverStartDate].filter((date) => typeof date === "string").length;
}

function homeOf({ seedCase: { com } }: Pair): string {
  return (com?.officer ?? "N03").slice(0, 3);
}

function providerOf({ seedCase }: Pair): string {
  return findOpenPom(seedCase)?.team.slice(0, 3) ?? "";
}

/** Someone of the same team whose name is not that of the case's own officer. */
function pickOther(pair: Pair, side: PrisonSide): Allocated {
  const { id } = pair.seedCase;
  const { allocation } = pair.prisoner;
  const [one, other] = [id, id + 1].map((place) => side.pickOfficer(providerOf(pair), place));
  if (one === undefined || other === undefined || allocation.kind !== "allocated") throw new Error("Nobody else.");
  return one.manager.code === allocation.manager.code ? other : one;
}

function allocated(pair: Pair, allocation: Allocated): Pair {
  return said(pair, { allocation });
}

function changed(pair: Pair, change: (allocation: Allocated) => Allocated): Pair {
  const { allocation } = pair.prisoner;
  return allocation.kind === "allocated" ? said(pair, { allocation: change(allocation) }) : pair;
}

function said({ seedCase, prisoner }: Pair, words: Partial<Prisoner>): Pair {
  return { seedCase, prisoner: { ...prisoner, ...words } };
}
