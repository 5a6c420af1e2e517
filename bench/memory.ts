import { findFreePort } from "../sandbox/free-port.ts";
import { startConsumer } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { spreadOf } from "./rounds.ts";
import { startService } from "./world.ts";

const round = 2_500;
const first = 5_000;
const whole = 50_000;
const bytesPerMebibyte = 1024 ** 2;

interface Reading {
  readonly mebibytes: number;
  /** How late the event loop was at most in 99 of 100 looks, in milliseconds. */
  readonly delay: number;
}

/** Memory and event-loop delay of one process over 50,000 messages, against what they were after 5,000. */
export async function benchMemory({ world, cases }: Bench): Promise<Outcome> {
  const seeded = await world.seeded(cases);
  const port = await findFreePort();
  const start = async (environment: Readonly<Record<string, string>>) => [
    await startService({ ...environment, PORT: String(port) }),
  ];
  await using ours = await startConsumer({ world, seeded, start });
  const readings: Reading[] = [];
  for (let done = 0; done < whole; done += round) {
    await ours.consume(await ours.newTurn(round));
    const bytes = ours.programs[0]?.residentBytes() ?? Number.NaN;
    readings.push({ mebibytes: bytes / bytesPerMebibyte, delay: await readDelay(port) });
  }
  const memory = readings.map(({ mebibytes }) => mebibytes);
  const delays = readings.map(({ delay }) => delay);
  const bars = [first, 10_000, 20_000, 30_000, 40_000, whole].map((messages) => ({
    name: messages.toLocaleString("en-GB"),
    ...spreadOf([memory[messages / round - 1] ?? Number.NaN]),
  }));
  return {
    figures: [
      compare("memory", memory),
      { measure: "memory of one process under load", unit: "MiB", ...spreadOf(memory) },
      compare("event-loop delay (p99)", delays),
      { measure: "event-loop delay under load (p99)", unit: "ms", ...spreadOf(delays) },
    ],
    charts: [{ title: "Memory of one process by messages", unit: "MiB", bars }],
  };
}

/** The last rounds against those after 5,000 messages; what is collected comes and goes, so several of each. */
function compare(what: string, values: readonly number[]): Figure {
  const from = first / round - 1;
  const early = spreadOf(values.slice(from, from + 4)).median;
  const late = values.slice(-4).map((value) => value / early);
  return { measure: `${what} after 50,000 messages against 5,000`, unit: "×", ...spreadOf(late) };
}

async function readDelay(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds ([\d.e-]+)$/m.exec(await answer.text()) ?? [];
  return Number(seconds) * 1000;
}
