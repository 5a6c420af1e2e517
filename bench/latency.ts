import { startOurs } from "./events.ts";
import { measureLateness, percentile } from "./lateness.ts";
import type { Bench, Outcome } from "./measure.ts";
import { interleave, spreadOf } from "./rounds.ts";

const idle = { messages: 50, perSecond: 5, together: 1 };
const paced = { messages: 1_000, perSecond: 100, together: 1 };

/** How long one write event takes from sending to commit, on a service with nothing else to do and at a pace. */
export async function benchLatency(bench: Bench): Promise<Outcome> {
  const seeded = await bench.world.seeded(bench.cases);
  await using ours = await startOurs(bench, seeded);
  const readings = await interleave(
    [
      { name: "idle", measure: () => measureLateness(ours, idle) },
      { name: "paced", measure: () => measureLateness(ours, paced) },
    ],
    bench.rounds,
  );
  const of = (name: string, share: number) =>
    spreadOf((readings.get(name) ?? []).map((waits) => percentile(waits, share)));
  return {
    figures: [
      { measure: "sending to commit, idle service, p50", unit: "ms", goal: { atMost: 30 }, ...of("idle", 0.5) },
      { measure: "sending to commit, idle service, p99", unit: "ms", ...of("idle", 0.99) },
      { measure: "sending to commit, 100 events a second, p50", unit: "ms", ...of("paced", 0.5) },
      {
        measure: "sending to commit, 100 events a second, p99",
        unit: "ms",
        goal: { atMost: 150 },
        ...of("paced", 0.99),
      },
    ],
    charts: [],
  };
}
