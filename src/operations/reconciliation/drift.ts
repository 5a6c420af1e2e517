import { z } from "zod";
import { facts as allFacts, outcomeClasses, type Fact, type Outcome } from "../../sync/fact/outcome.ts";
import { isUnallocatedOfficer, staffIdSchema, type StaffId } from "../../delius/staff/officer.ts";
import { deliusDateSchema, deliusIsoTimeSchema } from "../../platform/time/london-time.ts";

/** How Delius may differ from Manage POM Cases (rule R2). */
export const driftClasses = [
  "pom-missing",
  "pom-different",
  "pom-extra",
  "date-missing",
  "date-different",
  "date-extra",
  "stale",
  "cannot-apply",
  "same-officer",
  "error",
] as const;

export type DriftClass = (typeof driftClasses)[number];

/** Classes that neither a plain repair nor another comparison ends: the Drift alert and the overview leave them out. */
export const lastingClasses = ["cannot-apply", "same-officer", "stale"] as const satisfies readonly DriftClass[];

const recordSchema = z.record(z.string(), z.unknown()).nullable();

/** What the pipeline would decide about one fact of a case at this moment, and what Manage POM Cases answered. */
export const comparedFactSchema = z.object({
  fact: z.enum(allFacts).nullable().default(null),
  outcome: z.custom<Outcome>((name) => typeof name === "string" && Object.hasOwn(outcomeClasses, name)),
  answer: z.unknown(),
  changes: z.array(z.object({ record: z.string(), before: recordSchema, after: recordSchema })),
});

export type ComparedFact = Readonly<z.infer<typeof comparedFactSchema>>;

/** What Delius holds of a case: its open POMs, and the live handover dates of its active custodial sentences. */
export const standingSchema = z.object({
  poms: z.array(
    z.object({
      staffId: staffIdSchema,
      officer: z.string().nullable(),
      name: z.string(),
      email: z.string().nullish(),
      provider: z.string(),
      start: deliusIsoTimeSchema,
    }),
  ),
  keyDates: z.array(z.object({ type: z.string(), date: deliusDateSchema })),
});

export type Standing = Readonly<z.infer<typeof standingSchema>>;

/** One way in which a case differs. */
export interface Difference {
  /** Null where the case could not be compared at all. */
  readonly fact: Fact | null;
  readonly class: DriftClass;
  /** The outcome that the pipeline would end in, or the dependency that failed. */
  readonly outcome: string;
  readonly inMpc: unknown;
  readonly inDelius: unknown;
  /** How many live dates a repair would delete. */
  readonly deletes: number;
}

/** A difference that a run reported, as it is kept. */
export const keptDifferenceSchema = z.object({
  id: z.int(),
  nomsNumber: z.string(),
  fact: z.enum(allFacts).nullable(),
  class: z.enum(driftClasses),
  outcome: z.string(),
  inMpc: z.unknown(),
  inDelius: z.unknown(),
  deletes: z.int(),
  offenderId: z.int(),
});

export type KeptDifference = Readonly<z.infer<typeof keptDifferenceSchema>>;

/**
 * Names the ways in which a case differs, from what the pipeline would decide: none exactly when the pipeline would
 * write nothing, and nothing stale, blocked or broken is in the way (rule R2). Pure.
 */
export function findDrift(facts: readonly ComparedFact[], standing: Standing): readonly Difference[] {
  return facts.flatMap((compared) => {
    const inDelius = compared.fact === "handover" ? { keyDates: standing.keyDates } : { poms: standing.poms };
    return classify(compared, standing).map((found) => ({
      fact: compared.fact,
      class: found,
      outcome: compared.outcome,
      inMpc: compared.answer,
      inDelius,
      deletes: countDeletes(compared, found, standing),
    }));
  });
}

function classify(compared: ComparedFact, standing: Standing): readonly DriftClass[] {
  const { outcome } = compared;
  // A case that left Delius after it was chosen is no drift.
  if (outcome === "PersonNotFound") return [];
  const kind = outcomeClasses[outcome];
  if (kind === "quarantined") return ["error"];
  if (kind === "waiting") return ["cannot-apply"];
  if (kind === "no change") return isStale(compared, standing) ? ["stale"] : [];
  return compared.fact === "handover" ? classifyDates(compared) : [classifyPom(compared, standing)];
}

/** Manage POM Cases has nothing of the case, and Delius still has (rule R2). */
function isStale({ outcome }: ComparedFact, standing: Standing): boolean {
  if (outcome === "NoHandoverData") return standing.keyDates.length > 0;
  return outcome === "NotReadyToAllocate" && hasNamedPom(standing);
}

function hasNamedPom({ poms }: Standing): boolean {
  return poms.some(({ officer }) => !isUnallocatedOfficer(officer));
}

function classifyDates({ changes }: ComparedFact): readonly DriftClass[] {
  const classes = changes.map(({ before, after }): DriftClass => {
    if (before === null) return "date-missing";
    return after === null ? "date-extra" : "date-different";
  });
  return [...new Set(classes)];
}

function classifyPom({ outcome, changes }: ComparedFact, standing: Standing): DriftClass {
  if (outcome === "PomDeallocated") return "pom-extra";
  if (outcome === "PomAllocated") return hasNamedPom(standing) ? "pom-different" : "pom-missing";
  const isEnded = changes.some(({ record, after }) => record === "POM" && (after?.["end"] ?? after) !== after);
  const isRemoved = changes.some(({ record, after }) => record === "POM" && after === null);
  return isEnded || isRemoved ? "pom-extra" : "pom-different";
}

function countDeletes({ fact, changes }: ComparedFact, found: DriftClass, { keyDates }: Standing): number {
  if (found === "date-extra") return changes.filter(({ after }) => after === null).length;
  return found === "stale" && fact === "handover" ? keyDates.length : 0;
}

const allocatedSchema = z.object({ kind: z.literal("allocated"), manager: z.object({ code: z.int() }) });

/** An officer of Delius who stands for the one of a NOMIS staff code. */
export interface StandIn {
  readonly staffId: StaffId;
  readonly officer: string;
  readonly staffCode: number;
}

/** Which Delius officer stands for which NOMIS staff code in a case; null where no one or no code is named. */
export function findOfficer(facts: readonly ComparedFact[], standing: Standing): StandIn | null {
  const allocation = facts.find(({ fact }) => fact === "allocation");
  const answer = allocatedSchema.safeParse(allocation?.answer).data;
  if (allocation === undefined || answer === undefined) return null;
  const known = knownOfficerSchema.safeParse(findAddedPom(allocation) ?? standing.poms.at(-1)).data;
  const isDecided = outcomeClasses[allocation.outcome] !== "quarantined";
  return known === undefined || !isDecided ? null : { ...known, staffCode: answer.manager.code };
}

/** One whom Delius does not have yet has no key, and a code that is only foreseen. */
const knownOfficerSchema = z.object({ staffId: staffIdSchema, officer: z.string() });

function findAddedPom({ changes }: ComparedFact) {
  return changes.find(({ record, before }) => record === "POM" && before === null)?.after;
}

/** Whether two readings of a case show the same difference; what changed in between is no drift (rule R2). */
export function isSameDifference(before: Difference, after: Difference): boolean {
  if (before.class !== after.class || before.fact !== after.fact) return false;
  const shown = ({ inMpc, inDelius }: Difference) => JSON.stringify([inMpc, inDelius]);
  return before.class === "error" || shown(before) === shown(after);
}
