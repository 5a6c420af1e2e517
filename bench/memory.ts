import { readFile } from "node:fs/promises";
import path from "node:path";
import { findFreePort } from "../sandbox/free-port.ts";
import { startConsumer, type Consumer } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { spreadOf } from "./rounds.ts";
import { startService } from "./world.ts";

const round = 2_500;
const first = 5_000;
const whole = 50_000;
const atOnce = { perSecond: Number.POSITIVE_INFINITY, together: 10 };
const bytesPerMebibyte = 1024 ** 2;

interface Reading {
  readonly mebibytes: number;
  /** How late the event loop was at most in 99 of 100 looks, in milliseconds. */
  readonly delay: number;
}

/** Limits of a container in mebibytes. */
const limits = [256, 384, 512];

const dockerfile = path.join(import.meta.dirname, "../deploy/image/Dockerfile");

/** What the image starts Node with in a container of so many mebibytes, whose share of the limit is worked out here. */
async function readHeapFlags(limit: number): Promise<readonly string[]> {
  const flags = (await readFile(dockerfile, "utf8")).match(/--[a-z-]+-size[a-z-]*=\d+/g) ?? [];
  const share = /^--max-old-space-size-percentage=(\d+)$/;
  return flags.map((flag) =>
    flag.replace(share, (_, percent) => `--max-old-space-size=${(limit * Number(percent)) / 100}`),
  );
}

/**
 * Memory and event-loop delay of one process over 50,000 messages, against what they were after 5,000; and its peak and pace
 * where the heap has what the image gives it in a small container.
 */
export async function benchMemory(bench: Bench): Promise<Outcome> {
  const free = await measureFree(bench);
  const figures: Figure[] = [];
  for (const limit of limits) figures.push(...(await measureLimited(bench, limit, free.perSecond)));
  return { ...free.outcome, figures: [...free.outcome.figures, ...figures] };
}

async function measureLimited(
  { world, cases }: Bench,
  limit: number,
  freePerSecond: number,
): Promise<readonly Figure[]> {
  const seeded = await world.seeded(cases);
  const heapFlags = await readHeapFlags(limit);
  const start = async (environment: Readonly<Record<string, string>>) => [await startService(environment, heapFlags)];
  await using ours = await startConsumer({ world, seeded, start });
  const seconds = await consumeAll(ours, () => Promise.resolve());
  const peak = (ours.programs[0]?.peakBytes() ?? Number.NaN) / bytesPerMebibyte;
  const of = `with the heap of a container of ${limit} MiB`;
  return [
    { measure: `peak memory ${of}`, unit: "MiB", goal: { atMost: limit }, ...spreadOf([peak]) },
    {
      measure: `events a second ${of}, against none`,
      unit: "×",
      goal: { atLeast: 0.9 },
      ...spreadOf([whole / seconds / freePerSecond]),
    },
  ];
}

/**
 * Consumes all messages, round by round, and answers in how many seconds. A round is sent while it is consumed, for a pause before
 * each would take longer than the messages; the sending weighs on each run alike.
 */
async function consumeAll(consumer: Consumer, afterRound: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let done = 0; done < whole; done += round) {
    await consumer.queue.keepPace(await consumer.newTurn(round), atOnce);
    await consumer.queue.untilLeft(0);
    await afterRound();
  }
  return (performance.now() - began) / 1000;
}

async function measureFree({
  world,
  cases,
}: Bench): Promise<{ readonly outcome: Outcome; readonly perSecond: number }> {
  const seeded = await world.seeded(cases);
  const port = await findFreePort();
  const start = async (environment: Readonly<Record<string, string>>) => [
    await startService({ ...environment, PORT: String(port) }),
  ];
  await using ours = await startConsumer({ world, seeded, start });
  const readings: Reading[] = [];
  const seconds = await consumeAll(ours, async () => {
    const bytes = ours.programs[0]?.residentBytes() ?? Number.NaN;
    readings.push({ mebibytes: bytes / bytesPerMebibyte, delay: await readDelay(port) });
  });
  const memory = readings.map(({ mebibytes }) => mebibytes);
  const delays = readings.map(({ delay }) => delay);
  const bars = [first, 10_000, 20_000, 30_000, 40_000, whole].map((messages) => ({
    name: messages.toLocaleString("en-GB"),
    ...spreadOf([memory[messages / round - 1] ?? Number.NaN]),
  }));
  const outcome = {
    figures: [
      compare("memory", memory),
      { measure: "memory of one process under load", unit: "MiB", ...spreadOf(memory) },
      compare("event-loop delay (p99)", delays),
      { measure: "event-loop delay under load (p99)", unit: "ms", ...spreadOf(delays) },
    ],
    charts: [{ title: "Memory of one process by messages", unit: "MiB", bars }],
  };
  return { outcome, perSecond: whole / seconds };
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
