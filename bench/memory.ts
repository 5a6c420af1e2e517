import { startOurs } from "./events.ts";
import type { Bench, Outcome } from "./measure.ts";
import { spreadOf } from "./rounds.ts";

const round = 2_500;
const first = 5_000;
const whole = 50_000;
const bytesPerMebibyte = 1024 ** 2;

/** The memory of one process over 50,000 messages, against what it had after 5,000. */
export async function benchMemory(bench: Bench): Promise<Outcome> {
  const { world, cases } = bench;
  const seeded = await world.seeded(cases);
  await using ours = await startOurs(bench, seeded);
  const readings: number[] = [];
  for (let done = 0; done < whole; done += round) {
    await ours.consume(await ours.newTurn(round));
    readings.push((ours.programs[0]?.residentBytes() ?? Number.NaN) / bytesPerMebibyte);
  }
  // Collected garbage comes and goes: the least of some readings is what is really held.
  const after = first / round;
  const early = Math.min(...readings.slice(after - 1, after + 3));
  const late = Math.min(...readings.slice(-4));
  return {
    figures: [
      {
        measure: "memory after 50,000 messages against 5,000",
        unit: "×",
        goal: { atMost: 1.2 },
        ...spreadOf([late / early]),
      },
      { measure: "memory of one process under load", unit: "MiB", ...spreadOf(readings) },
    ],
    charts: [
      {
        title: "Memory of one process by messages",
        unit: "MiB",
        bars: [first, 10_000, 20_000, 30_000, 40_000, whole].map((messages) => ({
          name: messages.toLocaleString("en-GB"),
          ...spreadOf([readings[messages / round - 1] ?? Number.NaN]),
        })),
      },
    ],
  };
}
