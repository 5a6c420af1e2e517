import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { facts } from "../../sync/fact/outcome.ts";
import { driftClasses, type DriftClass } from "./drift.ts";
import { runTotalsSchema, type RunTotals } from "./run-totals.ts";

/** A reconciliation run as it is kept. */
export interface KeptRun {
  readonly id: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly selection: unknown;
  readonly compared: number;
  /** Null until the run is finished. */
  readonly totals: RunTotals | null;
}

const keptRun = z.object({
  id: z.int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  selection: z.unknown(),
  compared: z.int(),
  totals: runTotalsSchema.nullable(),
});
const runColumns = `reconciliation_run_id as id, to_json(started_at) #>> '{}' as "startedAt",
      to_json(finished_at) #>> '{}' as "finishedAt", selection, compared, totals`;

const list: Statement<KeptRun> = {
  name: "list-reconciliation-runs",
  text: `
    select ${runColumns} from mpc_delius.reconciliation_run
    where reconciliation_run_id < $1
    order by reconciliation_run_id desc
    limit $2`,
  row: keptRun,
};

/** The newest runs before one of them. */
export function listRuns(executor: Executor, before: number, most: number): Promise<readonly KeptRun[]> {
  return executor.list(list, [before, most]);
}

const find: Statement<KeptRun> = {
  name: "find-reconciliation-run",
  text: `select ${runColumns} from mpc_delius.reconciliation_run where reconciliation_run_id = $1`,
  row: keptRun,
};

/** A run; null where there is no such run. */
export async function findRun(executor: Executor, id: number): Promise<KeptRun | null> {
  const [run] = await executor.list(find, [id]);
  return run ?? null;
}

const findLastWhole: Statement<KeptRun> = {
  name: "find-last-whole-reconciliation",
  text: `
    select ${runColumns} from mpc_delius.reconciliation_run
    where finished_at is not null and selection ->> 'all' = 'true'
    order by finished_at desc
    limit 1`,
  row: keptRun,
};

/** The run over all cases that finished last; null where none has. */
export async function findLastWholeRun(executor: Executor): Promise<KeptRun | null> {
  const [run] = await executor.list(findLastWhole, []);
  return run ?? null;
}

const keptDifference = z.object({
  id: z.int(),
  nomsNumber: z.string(),
  fact: z.enum(facts).nullable(),
  class: z.enum(driftClasses),
  outcome: z.string(),
  inMpc: z.unknown(),
  inDelius: z.unknown(),
  deletes: z.int(),
  offenderId: z.int(),
});

/** A difference that a run reported, and where it stands in the report. */
export type KeptDifference = Readonly<z.infer<typeof keptDifference>>;

/** Where a page of differences ends. */
export const differencePositionSchema = z.tuple([z.int(), z.int()]);

/** Which differences are wanted. */
export interface DifferencePage {
  readonly run: number;
  readonly classes: readonly DriftClass[];
  /** Only what stands behind this place; null begins with the first case. */
  readonly before: Readonly<z.infer<typeof differencePositionSchema>> | null;
  readonly most: number;
}

const listDifferences: Statement<KeptDifference> = {
  name: "list-reported-differences",
  text: `
    select difference_id as id, noms_number as "nomsNumber", fact, class, outcome, in_mpc as "inMpc",
      in_delius as "inDelius", deletes, offender_id as "offenderId"
    from mpc_delius.difference
    where reconciliation_run_id = $1 and confirmed and class = any($2::text[])
      and (offender_id, difference_id) > ($3, $4)
    order by offender_id, difference_id
    limit $5`,
  row: keptDifference,
};

/** The differences that a run reported, by case. */
export function listReported(executor: Executor, page: DifferencePage): Promise<readonly KeptDifference[]> {
  const { run, classes, before, most } = page;
  return executor.list(listDifferences, [run, classes, ...(before ?? [0, 0]), most]);
}
