import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { generatedPrisoners, listKnownDrift, type DriftGeneration } from "../../sandbox/seed/drifted-cases.ts";
import { describePeople } from "../../sandbox/seed/people.ts";
import { isReconciled } from "../../sandbox/seed/prison-side.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { openComparison, type Comparison } from "../../src/commands/open-comparison.ts";
import { readConfig } from "../../src/app/config.ts";
import type { ReconciliationSettings } from "../../src/operations/reconciliation/reconciliation-job.ts";
import { listDifferences } from "../../src/operations/reconciliation/reconciliation-store.ts";
import { startService, type TestService } from "../support/service.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** A difference by prison number, fact and class. */
export type FoundDifference = readonly [nomsNumber: string, fact: string | null, name: string];

/** Cases in Delius, and Manage POM Cases with a known drift from them. */
export interface DriftWorld extends AsyncDisposable {
  readonly service: TestService;
  readonly database: TestDatabase;
  readonly comparison: Comparison;
  /** What a reconciliation is to find. */
  readonly known: readonly FoundDifference[];
  /** What of it a repair repairs. */
  readonly mendable: readonly FoundDifference[];
  /** How many dates a repair deletes: of what is extra, and of what is stale. */
  readonly deletes: { readonly extra: number; readonly stale: number };
  /** How many cases a reconciliation reads. */
  readonly inScope: number;
  readonly settings: ReconciliationSettings;
}

/** Starts it: 500 cases, of which a tenth drifts, unless said otherwise. Dispose stops everything. `through` stands before the database. */
export async function startDriftWorld({ cases = 500, drift = 10, through = asItIs } = {}): Promise<DriftWorld> {
  await using starting = new AsyncDisposableStack();
  const generation = { cases, drift, seed: 1 };
  const database = starting.use(await createTestDatabase("template1"));
  await seedDatabase({ url: database.url, ...generation });
  const generated = [...generatedPrisoners(generation)];
  const prisoners = [...describeFirstPrisoners(), ...generated];
  const service = starting.use(await startService({ database, prisoners, hasOtherCallers: true }));
  const comparison = starting.use(
    await openComparison(readConfig({ ...service.environment, DATABASE_URL: await through(database.url) })),
  );
  const settings: ReconciliationSettings = {
    ...comparison,
    pace: () => Promise.resolve(),
    retryMs: [],
    parallel: 8,
    pageSize: 50,
    settleMs: 0,
    onProgress: () => undefined,
  };
  const known = readKnown(generation);
  const resources = starting.move();
  return {
    service,
    database,
    comparison,
    known,
    mendable: known.filter(([, , name]) => /^(pom|date)-/.test(name)),
    deletes: await countDeletes(database, known),
    inScope: generated.length + describePeople(new Date()).filter(isReconciled).length,
    settings,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function asItIs(url: string): Promise<string> {
  return url;
}

function readKnown(generation: DriftGeneration): readonly FoundDifference[] {
  return sortDifferences(
    listKnownDrift(generation).map(({ nomsNumber, fact, class: name }) => [nomsNumber, fact, name]),
  );
}

async function countDeletes(database: TestDatabase, known: readonly FoundDifference[]): Promise<DriftWorld["deletes"]> {
  const count = async (wanted: string) => {
    const numbers = known.filter(([, ...told]) => told.join() === `handover,${wanted}`).map(([noms]) => noms);
    const rows = await database.query(
      `select from offender join event using (offender_id) join disposal using (event_id) join custody using (disposal_id)
         join key_date using (custody_id)
         join r_standard_reference_list on standard_reference_list_id = key_date_type_id
       where code_value in ('POM1', 'POM2') and noms_number = any($1)
         and key_date.soft_deleted = 0 and key_date.training_session_id is null`,
      [numbers],
    );
    return rows.length;
  };
  return { extra: await count("date-extra"), stale: await count("stale") };
}

/** What a run reports. */
export async function readReport({ comparison }: DriftWorld, runId: number): Promise<readonly FoundDifference[]> {
  const found = await listDifferences(comparison.database, runId, { after: null, most: 10_000 });
  return sortDifferences(found.map(({ nomsNumber, fact, class: name }) => [nomsNumber, fact, name]));
}

/** Differences in the order in which they are compared. */
export function sortDifferences(told: readonly FoundDifference[]): readonly FoundDifference[] {
  return told.toSorted((one, other) => one.join().localeCompare(other.join()));
}
