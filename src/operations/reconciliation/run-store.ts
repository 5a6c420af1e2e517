import { z } from "zod";
import { isBeyond } from "../../platform/database/keyset.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { keptDifferenceSchema, type DriftClass, type KeptDifference } from "./drift.ts";
import { runStates } from "./run-state.ts";
import { runTotalsSchema } from "./run-totals.ts";

const keptRun = z.object({
  id: z.int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  selection: z.unknown(),
  compared: z.int(),
  state: z.enum(runStates),
  /** Null where a command carries it out. */
  orderedBy: z.string().nullable(),
  /** About what share of the cases is read, from 0 to 1. */
  progress: z.number(),
  /** How many cases could not be compared so far; null where the service does not carry it out now. */
  failed: z.int().nullable(),
  /** Null until the run is finished. */
  totals: runTotalsSchema.nullable(),
});

/** A reconciliation run as it is kept. */
export type KeptRun = Readonly<z.infer<typeof keptRun>>;

const runColumns = `reconciliation_run_id as id, to_json(started_at) #>> '{}' as "startedAt",
      to_json(finished_at) #>> '{}' as "finishedAt", selection, compared, ordered_by as "orderedBy", totals,
      case when finished_at is not null then 'finished' when cancelled_at is not null then 'cancelled'
        when due_at is not null then 'running' else 'unfinished' end as state,
      case when finished_at is not null then 1
        when chosen is not null then coalesce(compared::float8 / nullif(cardinality(chosen), 0), 0)
        else coalesce(last_offender::float8 / (select max(offender_id) from offender), 0) end as progress,
      case when due_at is not null then (
        select count(distinct offender_id) from mpc_delius.difference failed
        where failed.reconciliation_run_id = reconciliation_run.reconciliation_run_id and class = 'error') end as failed`;

const list: Statement<KeptRun, [before: number, most: number]> = {
  name: "list-reconciliation-runs",
  text: `
    select ${runColumns} from mpc_delius.reconciliation_run
    where reconciliation_run_id < $1
    order by reconciliation_run_id desc
    fetch first $2 rows only`,
  row: keptRun,
};

/** The newest runs before one of them. */
export function listRuns(executor: Executor, before: number, most: number): Promise<readonly KeptRun[]> {
  return executor.list(list, [before, most]);
}

const find: Statement<KeptRun, [id: number]> = {
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
    fetch first 1 rows only`,
  row: keptRun,
};

/** The run over all cases that finished last; null where none has. */
export async function findLastWholeRun(executor: Executor): Promise<KeptRun | null> {
  const [run] = await executor.list(findLastWhole, []);
  return run ?? null;
}

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

const listDifferences: Statement<
  KeptDifference,
  [run: number, classes: readonly DriftClass[], offenderId: number, id: number, most: number]
> = {
  name: "list-reported-differences",
  text: `
    select difference_id as id, noms_number as "nomsNumber", fact, class, outcome, in_mpc as "inMpc",
      in_delius as "inDelius", deletes, offender_id as "offenderId"
    from mpc_delius.difference
    where reconciliation_run_id = $1 and confirmed and class = any($2::text[])
      and ${isBeyond({ compare: ">" }, [
        ["offender_id", "$3"],
        ["difference_id", "$4"],
      ])}
    order by offender_id, difference_id
    fetch first $5 rows only`,
  row: keptDifferenceSchema,
};

/** The differences that a run reported, by case. */
export function listReported(executor: Executor, page: DifferencePage): Promise<readonly KeptDifference[]> {
  const { run, classes, before, most } = page;
  return executor.list(listDifferences, [run, classes, ...(before ?? [0, 0]), most]);
}
