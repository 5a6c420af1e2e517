import { availableParallelism } from "node:os";
import type { Consumed } from "./consumption.ts";
import { rateOf, startOurs } from "./events.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { interleave, ratioOf, spreadOf, type Contender } from "./rounds.ts";

const messages = 4_000;
const counts = [1, 2, 3];

/** One, two and three processes on one queue and one database, and what they share the machine with. */
export async function benchReplicas(bench: Bench): Promise<Outcome> {
  const { world, cases, rounds } = bench;
  const seeded = await world.seeded(cases);
  await using resources = new AsyncDisposableStack();
  const contenders: Contender<Consumed>[] = [];
  for (const count of counts) {
    const consumer = resources.use(await startOurs(bench, seeded, count));
    const measure = async () => consumer.consume(await consumer.newTurn(messages));
    contenders.push({ name: nameOf(count), measure });
  }
  const readings = await interleave(contenders, rounds);
  const rates = (count: number) => (readings.get(nameOf(count)) ?? []).map(rateOf);
  const shares = (count: number) => (readings.get(nameOf(count)) ?? []).map(shareOfMachine);
  return {
    figures: [
      ...counts.slice(1).map((count): Figure => ({
        measure: `${nameOf(count)} against one`,
        unit: "×",
        ...ratioOf(rates(count), rates(1)),
      })),
      ...counts.map((count): Figure => ({
        measure: `share of the machine's processors in use with ${nameOf(count)}`,
        unit: "",
        ...spreadOf(shares(count)),
      })),
    ],
    charts: [
      {
        title: "Write events a second by processes",
        unit: "/s",
        bars: counts.map((count) => ({ name: nameOf(count), ...spreadOf(rates(count)) })),
      },
    ],
  };
}

function nameOf(count: number): string {
  return count === 1 ? "1 process" : `${count} processes`;
}

/** Of the processor time that the machine had: near 1 where it is the processors that all of them share. */
function shareOfMachine({ ownSeconds, serverSeconds, standInSeconds, seconds }: Consumed): number {
  return (ownSeconds + serverSeconds + standInSeconds) / (seconds * availableParallelism());
}
