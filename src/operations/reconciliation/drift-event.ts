import type { Difference, DriftClass } from "./drift.ts";

/** What is reported to those who watch the service: a name, and properties that identify no one. */
export interface CustomEvent {
  readonly event: string;
  readonly [property: string]: string | number | Readonly<Partial<Record<string, number>>>;
}

/** The properties of an event, one by one: those of a property that has some come after its name and a dot. */
export function listProperties(told: CustomEvent): Readonly<Record<string, string | number>> {
  const entries = Object.entries(told).flatMap(([name, value]) =>
    typeof value === "object"
      ? Object.entries(value).map(([part, count = 0]) => [`${name}.${part}`, count] as const)
      : [[name, value] as const],
  );
  return Object.fromEntries(entries.filter(([name]) => name !== "event"));
}

/** A difference that was confirmed, and by what number its report names it. */
export interface ConfirmedDifference extends Pick<Difference, "fact" | "class" | "outcome"> {
  readonly id: number;
}

/** The event of a difference. The number of the difference leads to the case. */
export function describeDifference(run: number, { id, fact, ...rest }: ConfirmedDifference): CustomEvent {
  const { class: driftClass, outcome } = rest;
  return { event: "DriftFound", run, difference: id, class: driftClass, ...(fact === null ? {} : { fact }), outcome };
}

/** What a run took, and what it came to. */
export interface RunFigures {
  readonly runId: number;
  readonly compared: number;
  readonly differences: Readonly<Partial<Record<DriftClass, number>>>;
  readonly seconds: number;
  /** Calls of Manage POM Cases, where they were counted. */
  readonly calls?: number;
}

/** What the span of a run says of it once it has ended. */
export function describeFindings({
  runId,
  compared,
  differences,
}: Omit<RunFigures, "seconds">): Readonly<Record<string, number>> {
  return {
    "mpc_delius.reconciliation.run": runId,
    "mpc_delius.reconciliation.compared": compared,
    "mpc_delius.reconciliation.differences": Object.values(differences).reduce((sum, one) => sum + one, 0),
  };
}

/** The event of a run that has ended. */
export function describeRun({ runId: run, compared: cases, ...rest }: RunFigures): CustomEvent {
  const { differences, seconds, calls } = rest;
  return {
    event: "ReconciliationFinished",
    run,
    cases,
    seconds,
    ...(calls === undefined ? {} : { calls }),
    differences,
  };
}
