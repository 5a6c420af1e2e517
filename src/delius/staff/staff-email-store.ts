import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { StaffEmail } from "./officer.ts";

const save: Statement<
  unknown,
  [usernames: readonly string[], addresses: readonly (string | null)[], readAt: readonly Instant[]]
> = {
  name: "save-staff-emails",
  text: `
    insert into mpc_delius.staff_email (username, email_address, read_at)
    select distinct on (username) username, email_address, to_timestamp(read_ms / 1000.0)
    from unnest($1::text[], $2::text[], $3::bigint[]) as found (username, email_address, read_ms)
    order by username, read_ms desc
    on conflict (username) do update set email_address = excluded.email_address, read_at = excluded.read_at
      where staff_email.read_at < excluded.read_at`,
  row: z.unknown(),
};

/** Keeps what the directory said of users, so that it survives a restart and reaches other replicas (rule C6). */
export async function saveStaffEmails(executor: Executor, emails: readonly StaffEmail[]): Promise<void> {
  await executor.list(save, [
    emails.map(({ username }) => username),
    emails.map(({ address }) => address),
    emails.map(({ readAt }) => readAt),
  ]);
}
