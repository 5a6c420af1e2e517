import { z } from "zod";
import type { Executor, Statement } from "../database/database.ts";

const ping: Statement<unknown> = { name: "ping", text: `select 1`, row: z.unknown() };

/** Raises when the database does not answer. */
export async function pingDatabase(executor: Executor): Promise<void> {
  await executor.list(ping, []);
}
