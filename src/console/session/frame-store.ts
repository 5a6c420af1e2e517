import { z } from "zod";
import { serviceStateColumns, serviceStateRow } from "../../operations/action/running-work-store.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";

const frameSchema = z.object({ ...serviceStateRow, hasEnded: z.boolean() });

/** What every page says of the whole service, and whether the session that asks has ended, on any replica. */
export type Frame = Readonly<z.infer<typeof frameSchema>>;

const find: Statement<Frame, [sessionId: string]> = {
  name: "get-frame",
  text: `
    select ${serviceStateColumns},
      exists (select 1 from mpc_delius.ended_session where session_id = $1) as "hasEnded"`,
  row: frameSchema,
};

/** See {@link Frame}; one statement, whichever page it is for. */
export async function getFrame(executor: Executor, sessionId: string): Promise<Frame> {
  const [row] = await executor.list(find, [sessionId]);
  if (row === undefined) throw new Error("The statement of the frame answered no row.");
  return row;
}
