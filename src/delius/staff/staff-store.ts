import { z } from "zod";
import type { Statement, Transaction } from "../../platform/database/database.ts";
import type { HighestNumbers, ProviderId } from "./officer.ts";

const lock: Statement<unknown, [providerId: ProviderId]> = {
  name: "lock-provider",
  text: `select probation_area_id from probation_area where probation_area_id = $1 for no key update`,
  row: z.unknown(),
};

/** Locks a provider until the transaction ends, so that one process at a time adds an officer to it (rule S3). */
export async function lockProvider(tx: Transaction, providerId: ProviderId): Promise<void> {
  await tx.list(lock, [providerId]);
}

const highest: Statement<{ readonly letter: string; readonly number: number }, [providerCode: string]> = {
  name: "list-highest-officer-numbers",
  text: `
    select substr(officer_code, 4, 1) as letter, max(substr(officer_code, 5, 3)::integer) as number
    from staff
    where left(officer_code, 3) = $1 and officer_code ~ '^...[A-Z][0-9]{3}$'
    group by 1`,
  row: z.object({ letter: z.string(), number: z.int() }),
};

/** The highest number under each letter of a provider's officer codes; codes of another shape do not count (rule S3). */
export async function getHighestNumbers(tx: Transaction, providerCode: string): Promise<HighestNumbers> {
  const rows = await tx.list(highest, [providerCode]);
  return Object.fromEntries(rows.map(({ letter, number }) => [letter, number]));
}
