import type { Consumed } from "./consumption.ts";
import { rateOf, startOurs } from "./events.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { createReader, measureServer, rateOf as readRateOf, startApi, type ServerReading } from "./reads.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";
import { startStandIns, type Seeded } from "./world.ts";

const sizes = { small: 10_000, full: 1_000_000 };
const messages = 1_000;
const connections = 32;

/** The same work beside more and more cases that have no part in it. */
export async function benchGrowth(bench: Bench): Promise<Outcome> {
  const { world, cases, rounds, isFull } = bench;
  await using resources = new AsyncDisposableStack();
  const counts = [sizes.small, cases, ...(isFull ? [sizes.full] : [])];
  const contenders: Contender<Consumed | ServerReading>[] = [];
  for (const count of counts) {
    const seeded = await world.seeded(count);
    const consumer = resources.use(await startOurs(bench, seeded));
    const { read, program } = await startReads(bench, seeded);
    resources.use(program);
    contenders.push(
      { name: nameOf("events", count), measure: async () => consumer.consume(await consumer.newTurn(messages)) },
      { name: nameOf("reads", count), measure: read },
    );
  }
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

async function startReads(bench: Bench, seeded: Seeded) {
  const copy = await bench.world.copy(seeded);
  const standIns = await startStandIns(seeded);
  const server = await startApi({ DATABASE_URL: copy.url, ...standIns.environment });
  const reader = await createReader(seeded, standIns.environment["AUTH_TOKEN_URL"] ?? "");
  const program = {
    [Symbol.asyncDispose]: async () => {
      await server.program[Symbol.asyncDispose]();
      await standIns[Symbol.asyncDispose]();
      await copy[Symbol.asyncDispose]();
    },
  };
  return { read: () => measureServer(bench, server, { connections, next: () => reader.nextRead() }), program };
}
