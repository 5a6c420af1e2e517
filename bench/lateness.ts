import { z } from "zod";
import type { Consumer } from "./consumption.ts";
import { readAllocationEvent } from "./queue-load.ts";
import { withClient } from "./world.ts";

/** How messages arrive. */
export interface Arrival {
  readonly messages: number;
  readonly perSecond: number;
  /** How many are sent together. */
  readonly together: number;
}

/**
 * Sends events at a pace and reports how long each took from sending to commit, in milliseconds, shortest first. Raises
 * where one of the counted events was not settled.
 */
export async function measureLateness(
  consumer: Consumer,
  { messages, ...pace }: Arrival,
  isCounted: (body: string) => boolean = () => true,
): Promise<readonly number[]> {
  const { queue, databaseUrl } = consumer;
  const bodies = await consumer.newTurn(messages);
  const counted = bodies.filter(isCounted);
  const sent = await queue.keepPace(bodies, pace);
  await queue.untilLeft(bodies.length - counted.length);
  await queue.purge();
  const sentAt = new Map(bodies.map((body, index) => [readAllocationEvent(body).inboxKey, sent[index]]));
  const committed = await listCommits(
    databaseUrl,
    counted.map((body) => readAllocationEvent(body).inboxKey),
  );
  if (committed.length < counted.length) throw new Error("Not every counted event was settled.");
  return committed
    .map(({ inboxKey, at }) => at - (sentAt.get(inboxKey) ?? Number.NaN))
    .toSorted((one, other) => one - other);
}

/** The value that so large a share of sorted values does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

const commitRows = z.array(z.object({ inboxKey: z.string(), at: z.coerce.number() }));

async function listCommits(databaseUrl: string, inboxKeys: readonly string[]) {
  const query = `
    select inbox_key as "inboxKey", extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as at
    from mpc_delius.inbox where inbox_key = any($1)`;
  return commitRows.parse((await withClient(databaseUrl, (client) => client.query(query, [inboxKeys]))).rows);
}
