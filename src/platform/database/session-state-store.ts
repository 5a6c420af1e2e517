import { z } from "zod";
import type { Executor, Statement } from "./database.ts";

const sessionState = z.object({ version: z.int(), settings: z.record(z.string(), z.string()) });

/** Which PostgreSQL a session is on, as `150004`, and what some settings are in it. */
export type SessionState = Readonly<z.infer<typeof sessionState>>;

const session: Statement<SessionState, [names: readonly string[]]> = {
  name: "get-session-state",
  text: `
    select current_setting('server_version_num')::integer as version, (
      select json_object_agg(name, setting) from pg_settings where name = any($1::text[])) as settings`,
  row: sessionState,
};

/** Reads a session's own state. */
export async function getSessionState(executor: Executor, names: readonly string[]): Promise<SessionState> {
  const [row] = await executor.list(session, [names]);
  if (row === undefined) throw new Error("The session did not say what it is set to.");
  return row;
}
