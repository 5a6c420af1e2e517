import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bench, Outcome } from "./measure.ts";
import { startProgram } from "./program.ts";
import { interleave, spreadOf } from "./rounds.ts";
import { startService, startStandIns } from "./world.ts";

/** Seconds from the start of the process until it does its work. */
export async function benchStart({ world, cases, rounds }: Bench): Promise<Outcome> {
  const seeded = await world.seeded(cases);
  await using resources = new AsyncDisposableStack();
  const copy = resources.use(await world.copy(seeded));
  const standIns = resources.use(await startStandIns(seeded));
  const environment = { DATABASE_URL: copy.url, PORT: "0", ...standIns.environment };
  const readings = await interleave(
    [
      { name: "service", measure: () => measureService(environment) },
      { name: "sandbox", measure: measureSandbox },
    ],
    rounds,
  );
  return {
    figures: [
      { measure: "service ready", unit: "s", goal: { atMost: 1 }, ...spreadOf(readings.get("service") ?? []) },
      { measure: "fresh sandbox ready", unit: "s", goal: { atMost: 6 }, ...spreadOf(readings.get("sandbox") ?? []) },
    ],
    charts: [],
  };
}

async function measureService(environment: Readonly<Record<string, string>>): Promise<number> {
  await using program = await startService(environment);
  return program.readySeconds;
}

async function measureSandbox(): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-start-"));
  try {
    await using program = await startProgram({
      run: ["sandbox/start.ts"],
      environment: { SANDBOX_DIRECTORY: directory },
      readyWhen: "Ready in",
    });
    return program.readySeconds;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
