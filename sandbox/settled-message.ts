import { setTimeout as wait } from "node:timers/promises";
import type { Executor } from "../src/platform/database/database.ts";
import { countDeliveries, listEntries } from "./scenario-store.ts";
import type { Entry } from "./step-text.ts";

/** A message that was sent, and how often it has to be delivered until it is over; once by default. */
export interface Sent {
  readonly inboxKey: string;
  readonly deliveries?: number;
}

const pollMs = 25;

/** What the journal says of a message; null as long as it is not settled so often. */
export async function findSettled(
  database: Executor,
  { inboxKey, deliveries = 1 }: Sent,
): Promise<readonly Entry[] | null> {
  const entries = await listEntries(database, inboxKey);
  if (deliveries === 1) return entries.length > 0 ? entries : null;
  if ((await countDeliveries(database, inboxKey)) < deliveries) return null;
  // A duplicate is counted, not journalled again (rule E6).
  const reasons = [`The inbox knows this message: it came ${deliveries} times and was settled once.`];
  return entries.map((entry) => ({ ...entry, outcome: "Duplicate", outcomeClass: "no change", reasons, changes: [] }));
}

/** Waits until all messages are settled, at most so long; answers null for each that is not. */
export async function waitUntilSettled(
  database: Executor,
  sent: readonly Sent[],
  patienceMs: number,
): Promise<readonly (readonly Entry[] | null)[]> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const found = await Promise.all(sent.map((message) => findSettled(database, message)));
    if (!found.includes(null) || performance.now() > until) return found;
    await wait(pollMs);
  }
}
