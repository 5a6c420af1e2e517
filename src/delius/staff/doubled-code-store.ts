import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";

const doubled: Statement<{ readonly code: string }, [now: string, most: number]> = {
  name: "list-doubled-codes",
  text: `
    select rtrim(officer_code) as code
    from staff
    where officer_code is not null and training_session_id is null
      and (end_date is null or end_date > $1::timestamp)
    group by rtrim(officer_code)
    having count(*) > 1
    order by rtrim(officer_code)
    fetch first $2 rows only`,
  row: z.object({ code: z.string() }),
};

/**
 * Officer codes that several members of staff carry who are live at `now`, a Delius time; the first `most` in order.
 * Delius lets others choose a code without our lock, so it can happen; we only tell of it (rule S3).
 */
export async function listDoubledCodes(executor: Executor, now: string, most: number): Promise<readonly string[]> {
  return (await executor.list(doubled, [now, most])).map(({ code }) => code);
}
