import { createServer } from "node:http";
import { listenOn } from "../sandbox/free-port.ts";
import { startConsumer, type Consumed, type Consumer } from "./consumption.ts";
import type { Bench, Figure, Outcome } from "./measure.ts";
import { interleave, ratioOf, spreadOf } from "./rounds.ts";
import { startService, startStandIns, type Seeded } from "./world.ts";

const messages = 4_000;
const bytesPerMebibyte = 1024 ** 2;

/** What the tracing of every message, and of one in twenty, costs beside a service without telemetry. */
export async function benchTelemetry(bench: Bench): Promise<Outcome> {
  const seeded = await bench.world.seeded(bench.cases);
  await using collector = await startCollector();
  const waysOf = {
    none: {},
    "5 %": { ...collector.environment, ...keepTraces(0.05) },
    "100 %": { ...collector.environment, ...keepTraces(1) },
  };
  const started = await raceStarts(bench, seeded, waysOf);
  const consumed = await raceEvents(bench, seeded, waysOf);
  if (collector.received() === 0) throw new Error("The collector received nothing.");
  const bars = Object.keys(waysOf).map((name) => ({ name: `tracing ${name}`, ...spreadOf(costsOf(consumed, name)) }));
  return {
    figures: [...describeStarts(started), ...describeEvents(consumed)],
    charts: [{ title: "Own CPU per write event by share of traces kept", unit: "ms", bars }],
  };
}

type Ways = Readonly<Record<string, Readonly<Record<string, string>>>>;

function keepTraces(share: number): Readonly<Record<string, string>> {
  return { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: String(share) };
}

interface Collector extends AsyncDisposable {
  /** What makes a service send to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many bodies came. */
  received(): number;
}

/** Takes telemetry and looks at none of it. */
async function startCollector(): Promise<Collector> {
  let received = 0;
  const server = createServer((request, response) => {
    received += 1;
    request.resume().once("end", () => response.setHeader("content-type", "application/json").end("{}"));
  });
  const port = await listenOn(server, 0);
  return {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    received: () => received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Start {
  readonly seconds: number;
  readonly mebibytes: number;
}

async function raceStarts({ world, rounds }: Bench, seeded: Seeded, ways: Ways) {
  await using resources = new AsyncDisposableStack();
  const copy = resources.use(await world.copy(seeded));
  const standIns = resources.use(await startStandIns(seeded));
  const measureStart = async (way: Ways[string]): Promise<Start> => {
    await using program = await startService({ DATABASE_URL: copy.url, PORT: "0", ...standIns.environment, ...way });
    return { seconds: program.readySeconds, mebibytes: program.residentBytes() / bytesPerMebibyte };
  };
  const contenders = Object.entries(ways).map(([name, way]) => ({ name, measure: () => measureStart(way) }));
  return await interleave(contenders, rounds);
}

async function raceEvents({ world, rounds }: Bench, seeded: Seeded, ways: Ways) {
  await using resources = new AsyncDisposableStack();
  const contenders: { readonly name: string; readonly measure: () => Promise<Consumed> }[] = [];
  for (const [name, way] of Object.entries(ways)) {
    const start = async (environment: Ways[string]) => [await startService({ ...environment, ...way })];
    const consumer: Consumer = resources.use(await startConsumer({ world, seeded, start }));
    contenders.push({ name, measure: async () => consumer.consume(await consumer.newTurn(messages)) });
  }
  // Awaited here: the consumers stop when this ends.
  return await interleave(contenders, rounds);
}

function describeStarts(started: ReadonlyMap<string, readonly Start[]>): readonly Figure[] {
  const of = (name: string, part: keyof Start) => (started.get(name) ?? []).map((start) => start[part]);
  const [none, all] = ["none", "100 %"];
  return [
    { measure: "ready without telemetry", unit: "s", ...spreadOf(of(none, "seconds")) },
    { measure: "ready with telemetry", unit: "s", ...spreadOf(of(all, "seconds")) },
    { measure: "ready with telemetry against without", unit: "×", ...ratioOf(of(all, "seconds"), of(none, "seconds")) },
    { measure: "memory when ready without telemetry", unit: "MiB", ...spreadOf(of(none, "mebibytes")) },
    { measure: "memory when ready with telemetry", unit: "MiB", ...spreadOf(of(all, "mebibytes")) },
    {
      measure: "memory when ready with telemetry against without",
      unit: "×",
      ...ratioOf(of(all, "mebibytes"), of(none, "mebibytes")),
    },
  ];
}

type Readings = ReadonlyMap<string, readonly Consumed[]>;

function costsOf(consumed: Readings, name: string): readonly number[] {
  return (consumed.get(name) ?? []).map(({ ownSeconds, messages: done }) => (ownSeconds * 1000) / done);
}

function describeEvents(consumed: Readings): readonly Figure[] {
  const against = (share: string): Figure => ({
    measure: `own CPU per write event, ${share} of traces against no telemetry`,
    unit: "×",
    ...ratioOf(costsOf(consumed, share), costsOf(consumed, "none")),
  });
  return [
    { measure: "own CPU per write event without telemetry", unit: "ms", ...spreadOf(costsOf(consumed, "none")) },
    { measure: "own CPU per write event, 100 % of traces", unit: "ms", ...spreadOf(costsOf(consumed, "100 %")) },
    against("100 %"),
    { measure: "own CPU per write event, 5 % of traces", unit: "ms", ...spreadOf(costsOf(consumed, "5 %")) },
    against("5 %"),
  ];
}
