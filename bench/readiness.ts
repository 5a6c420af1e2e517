import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compileCode } from "../deploy/image/assemble.ts";
import type { Bench, Outcome } from "./measure.ts";
import { startProgram, type Program } from "./program.ts";
import { interleave, spreadOf } from "./rounds.ts";
import { startService, startStandIns } from "./world.ts";

/** Seconds from the start of the process until it does its work, and what that costs; with its code compiled ahead, as in the image. */
export async function benchStart({ world, cases, rounds }: Bench): Promise<Outcome> {
  const seeded = await world.seeded(cases);
  await using resources = new AsyncDisposableStack();
  const copy = resources.use(await world.copy(seeded));
  const standIns = resources.use(await startStandIns(seeded));
  const folder = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-start-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  compileCode({ service: path.join(import.meta.dirname, ".."), cache: folder });
  const environment = { DATABASE_URL: copy.url, PORT: "0", ...standIns.environment };
  const compiled = { NODE_COMPILE_CACHE: folder, NODE_COMPILE_CACHE_PORTABLE: "1" };
  const readings = await interleave(
    [
      { name: "service", measure: () => measureService({ ...environment, ...compiled }) },
      { name: "uncompiled", measure: () => measureService(environment) },
      { name: "sandbox", measure: measureSandbox },
    ],
    rounds,
  );
  const of = (name: string, part: keyof Readiness) =>
    spreadOf((readings.get(name) ?? []).map((reading) => reading[part]));
  return {
    figures: [
      { measure: "service ready", unit: "s", goal: { atMost: 0.5 }, ...of("service", "seconds") },
      { measure: "own CPU until ready", unit: "s", goal: { atMost: 0.8 }, ...of("service", "ownSeconds") },
      { measure: "service ready, its code not compiled ahead", unit: "s", ...of("uncompiled", "seconds") },
      { measure: "own CPU until ready, its code not compiled ahead", unit: "s", ...of("uncompiled", "ownSeconds") },
      { measure: "fresh sandbox ready", unit: "s", goal: { atMost: 6 }, ...of("sandbox", "seconds") },
    ],
    charts: [],
  };
}

interface Readiness {
  readonly seconds: number;
  /** Processor seconds of the process, without those of the database. */
  readonly ownSeconds: number;
}

function readinessOf(program: Program): Readiness {
  return { seconds: program.readySeconds, ownSeconds: program.processorSeconds() };
}

async function measureService(environment: Readonly<Record<string, string>>): Promise<Readiness> {
  await using program = await startService(environment);
  return readinessOf(program);
}

async function measureSandbox(): Promise<Readiness> {
  const directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-start-"));
  try {
    await using program = await startProgram({
      run: ["sandbox/start.ts"],
      environment: { SANDBOX_DIRECTORY: directory },
      readyWhen: "Ready in",
    });
    return readinessOf(program);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
