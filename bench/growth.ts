import { findFreePort } from "../sandbox/free-port.ts";
import { startConsumer, type Consumed } from "./consumption.ts";
import { rateOf } from "./events.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { createReader, measureServer, rateOf as readRateOf, type ServerReading } from "./reads.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";
import { startService } from "./world.ts";

const sizes = { small: 10_000, full: 1_000_000 };
const messages = 1_000;
const connections = 32;

/** The same work beside more and more cases that have no part in it. */
export async function benchGrowth(bench: Bench): Promise<Outcome> {
  const { cases, rounds, isFull } = bench;
  await using resources = new AsyncDisposableStack();
  const counts = [sizes.small, cases, ...(isFull ? [sizes.full] : [])];
  const contenders: Contender<Consumed | ServerReading>[] = [];
  for (const count of counts) contenders.push(...(await startBoth(bench, count, resources)));
  const readings = await interleave(contenders, rounds);
  const rates = (kind: Kind, count: number) => (readings.get(nameOf(kind, count)) ?? []).map(perSecond);
  const kinds = ["events", "reads"] as const;
  return {
    figures: counts.slice(1).flatMap((count) =>
      kinds.map((kind): Figure => {
        const measure = `${kind} at ${count.toLocaleString("en-GB")} cases against 10,000`;
        return { measure, unit: "×", goal: { atLeast: 0.9 }, ...ratioOf(rates(kind, count), rates(kind, sizes.small)) };
      }),
    ),
    charts: kinds.map((kind) => ({
      title: `${kind === "events" ? "Write events" : "Reads"} a second by cases in the database`,
      unit: "/s",
      bars: counts.map((count) => ({
        name: `${count.toLocaleString("en-GB")} cases`,
        ...spreadOf(rates(kind, count)),
      })),
    })),
  };
}

type Kind = "events" | "reads";

function nameOf(kind: Kind, count: number): string {
  return `${kind} at ${count}`;
}

function perSecond(reading: Consumed | ServerReading): number {
  return "messages" in reading ? rateOf(reading) : readRateOf(reading);
}

/** One process that settles events and answers reads, in turn, on one database. */
async function startBoth(bench: Bench, count: number, resources: AsyncDisposableStack) {
  const seeded = await bench.world.seeded(count);
  const port = await findFreePort();
  const { promise: tokenUrl, resolve } = Promise.withResolvers<string>();
  const start = async (environment: Readonly<Record<string, string>>) => {
    resolve(environment["AUTH_TOKEN_URL"] ?? "");
    return [await startService({ ...environment, PORT: String(port) })];
  };
  const consumer = resources.use(await startConsumer({ world: bench.world, seeded, start }));
  const reader = await createReader(seeded, await tokenUrl);
  const [program] = consumer.programs;
  if (program === undefined) throw new Error("Nothing was started.");
  const server = { program, origin: `http://127.0.0.1:${port}` };
  const load = { connections, next: () => reader.nextRead() };
  return [
    { name: nameOf("events", count), measure: async () => consumer.consume(await consumer.newTurn(messages)) },
    { name: nameOf("reads", count), measure: () => measureServer(bench, server, load) },
  ];
}
