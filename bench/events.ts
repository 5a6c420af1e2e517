import { startConsumer, type Consumed, type Consumer } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { writePoison } from "./queue-load.ts";
import { startProgram } from "./program.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";
import { startStatements } from "./database-limit.ts";
import { startService, type Seeded } from "./world.ts";

// About as many seconds for each, so that beginnings and ends weigh the same.
const sizes = { ours: 6_000, peer: 1_500, plain: 11_000 };
const poisonShare = 20;

/** Starts the service as a consumer. */
export async function startOurs({ world }: Pick<Bench, "world">, seeded: Seeded, processes = 1): Promise<Consumer> {
  const start = (environment: Readonly<Record<string, string>>) =>
    Promise.all(Array.from({ length: processes }, () => startService(environment)));
  return startConsumer({ world, seeded, start });
}

async function startOther({ world }: Bench, seeded: Seeded, file: string): Promise<Consumer> {
  const start = async (environment: Readonly<Record<string, string>>) => {
    const settings = { NODE_ENV: "production", ...environment };
    return [await startProgram({ run: [file], environment: settings, readyWhen: "ready" })];
  };
  return startConsumer({ world, seeded, start });
}

/** Messages a second. */
export function rateOf({ messages, seconds }: Consumed): number {
  return messages / seconds;
}

function writing(consumer: Consumer, messages: number): () => Promise<Consumed> {
  return async () => consumer.consume(await consumer.newTurn(messages));
}

const names = {
  ours: "the service",
  peer: "sqs-consumer and Knex",
  statements: "our statements alone, one message a transaction",
  plain: "receive and delete alone",
} as const;

/** Events that change the POM and move the responsible officer, from the queue to the deletion. */
export async function benchWrites(bench: Bench): Promise<Outcome> {
  const readings = await raceWriters(bench);
  const consumed = (name: string) =>
    (readings.get(name) ?? []).filter((reading): reading is Consumed => typeof reading !== "number");
  const rates = (name: string) =>
    (readings.get(name) ?? []).map((reading) => (typeof reading === "number" ? reading : rateOf(reading)));
  const own = rates(names.ours);
  const against = (measure: string, name: string, least?: number): Figure => ({
    measure: `write events against ${measure}`,
    unit: "×",
    goal: least === undefined ? undefined : { atLeast: least },
    ...ratioOf(own, rates(name)),
  });
  const bars = Object.values(names).map((name) => ({ name, ...spreadOf(rates(name)) }));
  return {
    figures: [
      { measure: "write events", unit: "/s", ...spreadOf(own) },
      against("the peer", names.peer, 6),
      against(names.statements, names.statements, 1),
      against(names.plain, names.plain),
      costOf("own CPU per write event", consumed(names.ours), { part: "ownSeconds", most: 0.4 }),
      costOf("PostgreSQL's CPU per write event", consumed(names.ours), { part: "serverSeconds", most: 0.5 }),
      costOf("the peer's own CPU per write event", consumed(names.peer), { part: "ownSeconds" }),
      costOf("PostgreSQL's CPU per write event of the peer", consumed(names.peer), { part: "serverSeconds" }),
    ],
    charts: [{ title: "Write events a second", unit: "/s", bars }],
  };
}

async function raceWriters(bench: Bench): Promise<ReadonlyMap<string, readonly (Consumed | number)[]>> {
  const { world, cases, rounds } = bench;
  const seeded = await world.seeded(cases);
  await using resources = new AsyncDisposableStack();
  const ours = resources.use(await startOurs(bench, seeded));
  const peer = resources.use(await startOther(bench, seeded, "bench/peers/consumer-peer.ts"));
  const plain = resources.use(await startOther(bench, seeded, "bench/parts/receive-delete.ts"));
  const statements = resources.use(await startStatements(world, seeded));
  return await interleave<Consumed | number>(
    [
      { name: names.ours, measure: writing(ours, sizes.ours) },
      { name: names.peer, measure: writing(peer, sizes.peer) },
      { name: names.statements, measure: () => statements.measure() },
      { name: names.plain, measure: writing(plain, sizes.plain) },
    ],
    rounds,
  );
}

type Costs = Pick<Consumed, "messages" | "ownSeconds" | "serverSeconds">;

function costOf(
  measure: string,
  costs: readonly Costs[],
  { part, most }: { readonly part: "ownSeconds" | "serverSeconds"; readonly most?: number },
): Figure {
  const spread = spreadOf(costs.map((cost) => (cost[part] * 1000) / cost.messages));
  return { measure, unit: "ms", goal: most === undefined ? undefined : { atMost: most }, ...spread };
}

/** Events that change nothing, and messages that were settled before, against events that write. */
export async function benchUnchanged(bench: Bench): Promise<Outcome> {
  const { world, cases, rounds } = bench;
  const seeded = await world.seeded(cases);
  await using ours = await startOurs(bench, seeded);
  let last: readonly string[] = [];
  const same = async (bodies: readonly string[]) => {
    last = bodies;
    return ours.consume(bodies);
  };
  const contenders: readonly Contender<Consumed>[] = [
    { name: "write", measure: writing(ours, sizes.ours) },
    { name: "no change", measure: () => same(ours.sameTurn()) },
    { name: "duplicate", measure: () => ours.consume(last) },
  ];
  const readings = await interleave(contenders, rounds);
  const rates = (name: string) => (readings.get(name) ?? []).map(rateOf);
  const [write, unchanged, duplicate] = [rates("write"), rates("no change"), rates("duplicate")];
  return {
    figures: [
      { measure: "no-change events", unit: "/s", ...spreadOf(unchanged) },
      {
        measure: "no-change events against write events",
        unit: "×",
        goal: { atLeast: 2 },
        ...ratioOf(unchanged, write),
      },
      { measure: "duplicates against write events", unit: "×", ...ratioOf(duplicate, write) },
      costOf("own CPU per no-change event", readings.get("no change") ?? [], { part: "ownSeconds" }),
      costOf("own CPU per duplicate", readings.get("duplicate") ?? [], { part: "ownSeconds" }),
    ],
    charts: [
      {
        title: "Messages a second by what becomes of them",
        unit: "/s",
        bars: contenders.map(({ name }) => ({ name, ...spreadOf(rates(name)) })),
      },
    ],
  };
}

/** One message in twenty is poison: it must delay no one (P9). */
export async function benchPoison(bench: Bench): Promise<Outcome> {
  const { world, cases, rounds } = bench;
  const seeded = await world.seeded(cases);
  await using ours = await startOurs(bench, seeded);
  const poisoned = async () => {
    const good = await ours.newTurn(sizes.ours - sizes.ours / poisonShare);
    return ours.consume(
      good.flatMap((body, place) => (place % (poisonShare - 1) === 0 ? [writePoison(), body] : [body])),
    );
  };
  const readings = await interleave(
    [
      { name: "clean", measure: writing(ours, sizes.ours) },
      { name: "poisoned", measure: poisoned },
    ],
    rounds,
  );
  const rates = (name: string) => (readings.get(name) ?? []).map(rateOf);
  return {
    figures: [
      {
        measure: "messages with 1 in 20 poison against a clean run",
        unit: "×",
        goal: { atLeast: 0.9 },
        ...ratioOf(rates("poisoned"), rates("clean")),
      },
    ],
    charts: [],
  };
}
