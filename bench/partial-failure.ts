import { startConsumer, type Consumer, type Trouble } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { isTroubled } from "./population.ts";
import { measureLateness, percentile } from "./lateness.ts";
import { readAllocationEvent } from "./queue-load.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";
import { startService } from "./world.ts";

const fullQueue = 4_000;
const pace = { messages: 1_000, perSecond: 200, together: 10 };
// So few that those who are in trouble are met again and again.
const cases = 50_000;

const clean = "no one is in trouble";

// Not a refusal of the row, which would be quarantined: a failure that may pass, so the message is tried again and again.
const refuse = [
  `create function refuse() returns trigger language plpgsql as $$ begin
    raise 'not this one' using errcode = 'internal_error';
  end $$`,
  `create trigger refuse before insert on prison_offender_manager for each row
    when (${isTroubled("new.offender_id")}) execute function refuse()`,
];

const troubles: Readonly<Record<string, Trouble>> = {
  [clean]: { standIns: {}, statements: [] },
  "MPC answers 500": { standIns: { MPC_TROUBLE: "HTTP 500" }, statements: [] },
  "MPC never answers": { standIns: { MPC_TROUBLE: "silence" }, statements: [] },
  "the database refuses their rows": { standIns: {}, statements: refuse },
};

/** How it goes for those who are not in trouble. */
interface Reading {
  /** Events a second, from a full queue. */
  readonly rate: number;
  /** Milliseconds from sending to commit in 99 of 100 events, at a pace. */
  readonly p99: number;
}

/** Events of healthy people while everything about one person in twenty fails (P19). */
export async function benchPartialFailure({ world, rounds }: Bench): Promise<Outcome> {
  const seeded = await world.seeded(cases);
  await using resources = new AsyncDisposableStack();
  const contenders: Contender<Reading>[] = [];
  for (const [name, trouble] of Object.entries(troubles)) {
    const start = async (environment: Readonly<Record<string, string>>) => [await startService(environment)];
    const consumer = resources.use(await startConsumer({ world, seeded, start, trouble }));
    contenders.push({ name, measure: () => measure(consumer, name === clean ? [] : seeded.population.troubled) });
  }
  const readings = await interleave(contenders, rounds);
  const of = (name: string, part: keyof Reading) => (readings.get(name) ?? []).map((reading) => reading[part]);
  const against = (name: string): readonly Figure[] => [
    {
      measure: `healthy events a second while ${name}, against a clean run`,
      unit: "×",
      goal: { atLeast: 0.9 },
      ...ratioOf(of(name, "rate"), of(clean, "rate")),
    },
    {
      measure: `p99 of healthy events while ${name}, against a clean run`,
      unit: "×",
      goal: { atMost: 2 },
      ...ratioOf(of(name, "p99"), of(clean, "p99")),
    },
  ];
  return {
    figures: [
      { measure: "events a second of a clean run", unit: "/s", ...spreadOf(of(clean, "rate")) },
      { measure: "p99 of a clean run, from sending to commit", unit: "ms", ...spreadOf(of(clean, "p99")) },
      ...Object.keys(troubles)
        .filter((name) => name !== clean)
        .flatMap(against),
    ],
    charts: [],
  };
}

async function measure(consumer: Consumer, troubled: readonly string[]): Promise<Reading> {
  const inTrouble = new Set(troubled);
  const isHealthy = (body: string) => !inTrouble.has(readAllocationEvent(body).noms);
  const rate = await measureRate(consumer, isHealthy);
  return { rate, p99: percentile(await measureLateness(consumer, pace, isHealthy), 0.99) };
}

/** Ends when the events of the healthy are settled; those of the others stay in the queue, and are removed. */
async function measureRate(consumer: Consumer, isHealthy: (body: string) => boolean): Promise<number> {
  const { queue } = consumer;
  const bodies = await consumer.newTurn(fullQueue);
  const healthy = bodies.filter(isHealthy).length;
  await queue.fill(bodies);
  const began = performance.now();
  await queue.untilLeft(bodies.length - healthy);
  const seconds = (performance.now() - began) / 1000;
  await queue.purge();
  return healthy / seconds;
}
