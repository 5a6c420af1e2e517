import type { OffenderId } from "../../delius/person/person.ts";
import type { AllocationChanges, Change } from "./allocation-changes.ts";
import type { PlannedPom, PlannedResponsibleOfficer, Pom, PomRef, ResponsibleOfficer } from "./plan.ts";

/** The changes that were decided for one person. */
export interface AllocationWrite {
  readonly offenderId: OffenderId;
  readonly changes: AllocationChanges;
}

/** A responsible officer row that goes to the POM row which is about to be added. */
export type MovedResponsibleOfficer = PlannedResponsibleOfficer & { readonly offenderId: OffenderId };

/** A responsible officer row that stays with a POM row that stands, or goes to one. */
export type KeptResponsibleOfficer = PlannedResponsibleOfficer & { readonly pomId: Exclude<PomRef, "new"> | null };

/** Rows that stand, as they are to be. */
export interface ChangedRows {
  readonly poms: readonly PlannedPom[];
  readonly responsibleOfficers: readonly KeptResponsibleOfficer[];
}

/** What is written first, second and third. */
export interface OrderedWrites {
  /** Rows that end, end earlier or are removed. */
  readonly closing: ChangedRows;
  /** Every other row that stands: reopened, extended, moved, or with another address. */
  readonly reopening: ChangedRows;
  /** Rows that stand and go to a POM row that is added; written with it. */
  readonly moving: readonly MovedResponsibleOfficer[];
}

/**
 * Puts the changes of rows that stand into the order in which Delius takes them: it refuses a second open responsible
 * officer at once and not when the transaction ends, so what ends is written before what opens (rule D7).
 */
export function orderWrites(writes: readonly AllocationWrite[]): OrderedWrites {
  const poms = writes.flatMap(({ changes }) => changes.poms);
  const officers = writes.flatMap(({ offenderId, changes }) =>
    changes.responsibleOfficers.map((change) => ({ ...change, offenderId })),
  );
  const kept = officers.filter(staysWithKnownPom);
  return {
    closing: {
      poms: poms.filter(isClosing).map(afterOf),
      responsibleOfficers: kept.filter(isClosing).map(afterOf),
    },
    reopening: {
      poms: poms.filter((change) => !isClosing(change)).map(afterOf),
      responsibleOfficers: kept.filter((change) => !isClosing(change)).map(afterOf),
    },
    moving: officers
      .filter((change) => !staysWithKnownPom(change))
      .map(({ after, offenderId }) => ({ ...after, offenderId })),
  };
}

function afterOf<After>({ after }: { readonly after: After }): After {
  return after;
}

function staysWithKnownPom<Row extends Change<ResponsibleOfficer, PlannedResponsibleOfficer>>(
  change: Row,
): change is Row & { readonly after: KeptResponsibleOfficer } {
  return change.after.pomId !== "new";
}

function isClosing({
  before,
  after,
}: Change<Pick<Pom, "end">, Pick<Pom, "end"> & { readonly removed?: boolean }>): boolean {
  if (after.removed === true) return true;
  return after.end !== null && (before.end === null || after.end < before.end);
}
