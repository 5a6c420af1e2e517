import { z } from "zod";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Database, Statement } from "../../platform/database/database.ts";
import { endOf, type Session } from "./session.ts";

const insert: Statement<unknown, [sessionId: string, expiresAt: Instant]> = {
  name: "insert-ended-session",
  text: `
    insert into mpc_delius.ended_session (session_id, expires_at) values ($1, to_timestamp($2 / 1000.0))
    on conflict do nothing`,
  row: z.unknown(),
};

/** Ends a session on every replica: none opens a page for a copy of its cookie. */
export async function insertEndedSession(database: Database, session: Session, signal: AbortSignal): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.list(insert, [session.id, endOf(session)]);
    return { commit: true, value: null };
  }, signal);
}
