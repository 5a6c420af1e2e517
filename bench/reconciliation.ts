import { z } from "zod";
import type { Bench, Outcome } from "./measure.ts";
import { runProgram } from "./program.ts";
import { spreadOf } from "./rounds.ts";
import { startStandIns, withClient } from "./world.ts";

const usageSchema = z.object({ user: z.number(), system: z.number() });
const totalsSchema = z.tuple([z.object({ compared: z.coerce.number().int() })]);

/** Makes a program write, as its last line, the processor time that it has used. */
const lastWords = `process.on("exit", () => console.log(JSON.stringify(process.cpuUsage())))`;
const nodeFlags = [`--import=data:text/javascript,${encodeURIComponent(lastWords)}`];
const cases = 10_000;
const asFastAsCan = ["--rate", "1000", "--settle", "0"];

interface Compared {
  readonly perSecond: number;
  /** Processor milliseconds for each case, of the command and of the database. */
  readonly own: number;
  readonly server: number;
}

/** The nightly command over all cases, at the highest rate that it takes: what comparing one case costs, its start included. */
export async function benchReconciliation({ world, rounds }: Pick<Bench, "world" | "rounds">): Promise<Outcome> {
  await using resources = new AsyncDisposableStack();
  const seeded = await world.seeded(cases);
  const copy = resources.use(await world.copy(seeded));
  const standIns = resources.use(await startStandIns(seeded));
  const environment = { ...standIns.environment, DATABASE_URL: copy.url };
  const compareAll = async (): Promise<Compared> => {
    const before = { server: world.serverSeconds(), at: performance.now() };
    const run = ["src/commands/cli.ts", "reconcile", ...asFastAsCan] as const;
    const { user, system } = usageSchema.parse(JSON.parse(await runProgram({ run, environment, nodeFlags })));
    const seconds = (performance.now() - before.at) / 1000;
    const serverSeconds = world.serverSeconds() - before.server;
    const compared = await countCompared(copy.url);
    return {
      perSecond: compared / seconds,
      own: (user + system) / 1000 / compared,
      server: (serverSeconds * 1000) / compared,
    };
  };
  const readings: Compared[] = [];
  for (let round = 0; round < rounds; round += 1) readings.push(await compareAll());
  const of = (part: keyof Compared) => spreadOf(readings.map((reading) => reading[part]));
  return {
    figures: [
      { measure: "cases compared", unit: "/s", ...of("perSecond") },
      { measure: "own CPU per case compared", unit: "ms", ...of("own") },
      { measure: "PostgreSQL's CPU per case compared", unit: "ms", ...of("server") },
    ],
    charts: [],
  };
}

async function countCompared(url: string): Promise<number> {
  const { rows } = await withClient(url, (client) =>
    client.query("select compared from mpc_delius.reconciliation_run order by reconciliation_run_id desc limit 1"),
  );
  const [{ compared }] = totalsSchema.parse(rows);
  return compared;
}
