import { startConsumer } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { spreadOf } from "./rounds.ts";
import { countTurns } from "./turns.ts";
import { startService } from "./world.ts";

const sizes = { alone: 20, load: 1_200 };

interface Trips {
  /** Flushes to the database since the last call. */
  readonly takeFlushes: () => number;
  /** Calls of the queue since the last call. */
  readonly takeCalls: () => number;
}

interface PerEvent {
  readonly flushes: number;
  /** Calls per 10 events. */
  readonly calls: number;
}

/**
 * How often a write event makes the service wait for the database, and how often it calls the queue: counted from outside
 * by proxies, so the same on any machine.
 */
export async function benchTrips(bench: Bench): Promise<Outcome> {
  await using resources = new AsyncDisposableStack();
  const { ours, trips } = await startWatched(bench, resources);
  const count = async (bodies: readonly string[]): Promise<PerEvent> => {
    await ours.queue.fill(bodies);
    trips.takeFlushes();
    trips.takeCalls();
    await ours.drain(bodies.length);
    // The last call is the one that waits for what comes next.
    const calls = trips.takeCalls() - 1;
    return { flushes: trips.takeFlushes() / bodies.length, calls: (calls * 10) / bodies.length };
  };
  // The first one prepares every statement and fetches a token.
  await count(await ours.newTurn(1));
  const alone: PerEvent[] = [];
  for (const body of await ours.newTurn(sizes.alone)) alone.push(await count([body]));
  const loaded: PerEvent[] = [];
  for (let round = 0; round < bench.rounds; round += 1) loaded.push(await count(await ours.newTurn(sizes.load)));
  const tell = (measure: string, most: number, values: readonly number[]): Figure => ({
    measure,
    unit: "",
    goal: { atMost: most },
    ...spreadOf(values),
  });
  const flushesOf = (readings: readonly PerEvent[]) => readings.map(({ flushes }) => flushes);
  const figures = [
    tell("flushes of a write event alone", 3, flushesOf(alone)),
    tell("flushes per write event under load", 0.6, flushesOf(loaded)),
    tell(
      "SQS calls per 10 events under load",
      2,
      loaded.map(({ calls }) => calls),
    ),
  ];
  return { figures, charts: [] };
}

async function startWatched({ world, cases }: Bench, resources: AsyncDisposableStack) {
  const seeded = await world.seeded(cases);
  const { promise: watched, resolve } = Promise.withResolvers<Trips>();
  const start = async (environment: Readonly<Record<string, string>>) => {
    const database = resources.use(await countTurns(environment["DATABASE_URL"] ?? ""));
    const queue = resources.use(await countTurns(environment["AWS_ENDPOINT_URL_SQS"] ?? ""));
    resolve({ takeFlushes: () => database.take(), takeCalls: () => queue.take() });
    return [await startService({ ...environment, DATABASE_URL: database.url, AWS_ENDPOINT_URL_SQS: queue.url })];
  };
  const ours = resources.use(await startConsumer({ world, seeded, start }));
  return { ours, trips: await watched };
}
