import { setTimeout as wait } from "node:timers/promises";
import pLimit from "p-limit";
import type { Database } from "../../platform/database/database.ts";
import type { OffenderId } from "../../delius/person/person.ts";
import { listDoubledCodes } from "../../delius/staff/doubled-code-store.ts";
import { readCase, type ComparisonSettings, type Reading } from "./comparison-handler.ts";
import { isSameDifference } from "./drift.ts";
import {
  advanceRun,
  chooseCases,
  confirmDifferences,
  findOpenRun,
  insertDifferences,
  insertRun,
  listDifferences,
  listUnconfirmed,
  type Run,
  type StoredDifference,
} from "./reconciliation-store.ts";
import { finishRun, getSummary, insertOfficers, type RunSummary } from "./run-end-store.ts";
import { mostDoubledCodes } from "./run-totals.ts";
import type { SelectedCase, Selection } from "./selection.ts";
import type { NamedCase } from "./named-case.ts";
import { listNamedCases } from "./named-case-store.ts";
import { listCases, listSample, readDeliusClock, type CasePage } from "./selection-store.ts";

/** What a reconciliation is built from. */
export interface ReconciliationSettings extends ComparisonSettings {
  readonly database: Database;
  /** Cases that are read at once. */
  readonly parallel: number;
  /** Cases that are read between two steps of the run's record. */
  readonly pageSize: number;
  /** Milliseconds before differences are read again: what is on its way arrives meanwhile. */
  readonly settleMs: number;
  /** Called after each step. */
  readonly onProgress: (progress: Progress) => void;
}

/** How far a run is. */
export interface Progress {
  readonly step: "comparing" | "reading again";
  readonly compared: number;
  readonly lastOffender: number;
}

/**
 * Compares each selected case with Manage POM Cases and keeps the differences that two readings show; nothing is
 * written to Delius. Goes on with a run of the same cases that was broken off. Raises `DependencyError`.
 */
export async function reconcile(
  settings: ReconciliationSettings,
  selection: Selection,
  signal: AbortSignal,
): Promise<RunSummary> {
  const { database } = settings;
  const run = (await findOpenRun(database, selection)) ?? (await insertRun(database, selection));
  return carryOn(settings, { run, selection }, signal);
}

/** Goes on with a run as {@link reconcile} does, from where it stands. */
export async function carryOn(
  settings: ReconciliationSettings,
  { run, selection }: Walk,
  signal: AbortSignal,
): Promise<RunSummary> {
  const { database, reads } = settings;
  const chosen = run.chosen ?? (await choose(settings, run.runId, selection));
  await compareAll(settings, { run: { ...run, chosen }, selection }, signal);
  await readAgain(settings, run.runId, signal);
  const doubledCodes =
    "all" in selection ? await listDoubledCodes(reads, await readDeliusClock(reads), mostDoubledCodes) : [];
  await database.transaction(async (tx) => {
    await finishRun(tx, run.runId, doubledCodes);
    return { commit: true, value: null };
  }, signal);
  return getSummary(database, run.runId);
}

/** The cases of a selection that says neither where they are nor by which NOMS numbers Manage POM Cases knows them. */
async function choose(
  { database, reads }: Pick<ReconciliationSettings, "database" | "reads">,
  runId: number,
  selection: Selection,
): Promise<readonly number[] | null> {
  if (!("sample" in selection || "crns" in selection)) return null;
  const drawn =
    "sample" in selection
      ? await listSample(reads, selection.sample)
      : listChosenIds(await listNamedCases(reads, selection));
  await chooseCases(database, runId, drawn);
  return drawn;
}

/** A run and the cases that it is about. */
export interface Walk {
  readonly run: Run;
  readonly selection: Selection;
}

async function compareAll(settings: ReconciliationSettings, { run, selection }: Walk, signal: AbortSignal) {
  let current = run;
  for (;;) {
    const page = await listCases(settings.reads, pageOf(current, selection, settings.pageSize));
    const last = page.at(-1);
    if (last === undefined) return;
    const readings = await readCases(settings, page, signal);
    requireSomeRead(readings);
    await keepPage(settings.database, { run: current, readings, last: last.offenderId }, signal);
    current = moveOn(current, last.offenderId, page.length);
    settings.onProgress({ step: "comparing", compared: current.compared, lastOffender: last.offenderId });
  }
}

function moveOn(run: Run, lastOffender: Run["lastOffender"], cases: number): Run {
  return { ...run, lastOffender, compared: run.compared + cases };
}

function pageOf({ lastOffender, chosen }: Run, selection: Selection, most: number): CasePage {
  return { after: lastOffender, most, chosen: chosenOf(selection, chosen), prison: prisonOf(selection) };
}

/** The cases that a selection names one by one. */
export function chosenOf(selection: Selection, drawn: readonly number[] | null): CasePage["chosen"] {
  if ("nomsNumbers" in selection) return selection;
  return drawn === null ? null : { offenderIds: drawn };
}

/** The keys of named cases. */
export function listChosenIds(named: readonly NamedCase[]): readonly OffenderId[] {
  return named.flatMap(({ offenderId }) => offenderId ?? []);
}

/** The prison that a selection names. */
export function prisonOf(selection: Selection): string | null {
  return "prison" in selection ? selection.prison : null;
}

function readCases(
  settings: ReconciliationSettings,
  cases: readonly SelectedCase[],
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const limit = pLimit(settings.parallel);
  return Promise.all(cases.map((one) => limit(() => readCase(settings, one, signal))));
}

const fewest = 20;

/** A run stops where nothing can be read: it is gone on with later, and says nothing of thousands of cases. */
function requireSomeRead(readings: readonly Reading[]): void {
  const failures = readings.flatMap(({ failure }) => failure ?? []);
  const [first] = failures;
  if (first !== undefined && readings.length >= fewest && failures.length === readings.length) throw first;
}

interface Page {
  readonly run: Run;
  readonly readings: readonly Reading[];
  readonly last: SelectedCase["offenderId"];
}

async function keepPage(database: Database, { run, readings, last }: Page, signal: AbortSignal): Promise<void> {
  const { runId } = run;
  const differences = readings.flatMap(({ offenderId, nomsNumber, differences: found }) =>
    found.map((one) => ({ ...one, offenderId, nomsNumber })),
  );
  const officers = readings.flatMap(({ offenderId, nomsNumber, officer }) =>
    officer === null ? [] : [{ offenderId, nomsNumber, ...officer }],
  );
  await database.transaction(async (tx) => {
    await advanceRun(tx, run, { last, size: readings.length });
    await insertDifferences(tx, runId, differences);
    await insertOfficers(tx, runId, officers);
    return { commit: true, value: null };
  }, signal);
}

/** Reads what differed a second time, when what was on its way has arrived: a change during the run is no drift. */
async function readAgain(settings: ReconciliationSettings, runId: number, signal: AbortSignal): Promise<void> {
  const { database, pageSize, settleMs, onProgress } = settings;
  let compared = 0;
  let pause = settleMs;
  for (;;) {
    const found = await listUnconfirmed(database, runId, pageSize);
    const last = found.at(-1);
    if (last === undefined) return;
    if (pause > 0) await wait(pause, undefined, { signal });
    pause = 0;
    const cases = new Map(found.map(({ offenderId, nomsNumber }) => [offenderId, { offenderId, nomsNumber }]));
    const readings = await readCases(settings, [...cases.values()], signal);
    requireSomeRead(readings);
    const [kept, dropped] = sortOut(found, readings);
    await confirmDifferences(database, kept, dropped);
    compared += cases.size;
    onProgress({ step: "reading again", compared, lastOffender: last.offenderId });
  }
}

function sortOut(
  found: readonly StoredDifference[],
  readings: readonly Reading[],
): readonly [kept: readonly number[], dropped: readonly number[]] {
  const isStill = (before: StoredDifference) =>
    readings.some(
      ({ offenderId, differences }) =>
        offenderId === before.offenderId && differences.some((after) => isSameDifference(before, after)),
    );
  const kept = found.filter(isStill);
  const ids = (differences: readonly StoredDifference[]) => differences.map(({ id }) => id);
  return [ids(kept), ids(found.filter((difference) => !kept.includes(difference)))];
}

/** The differences that a run reported, case by case. */
export async function* walkDifferences(database: Database, runId: number): AsyncGenerator<StoredDifference> {
  let after: StoredDifference | null = null;
  for (;;) {
    const page: readonly StoredDifference[] = await listDifferences(database, runId, { after, most: 200 });
    yield* page;
    after = page.at(-1) ?? null;
    if (after === null) return;
  }
}
