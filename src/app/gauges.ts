import type { PooledDatabase } from "../platform/database/database.ts";
import type { Metrics } from "../platform/process/metrics.ts";
import { sharedDependencies } from "../sync/intake/trouble.ts";
import type { MindedGate } from "../sync/intake/gate-job.ts";
import type { Intake } from "../sync/intake/intake.ts";

const circuitNumbers = { closed: 0, "on trial": 1, open: 2 } as const;

/** Shows what the intake has in work, and what keeps messages out. */
export function watchIntake(metrics: Pick<Metrics, "watch">, intake: Intake, gate: MindedGate): void {
  metrics.watch("slots", () => Object.entries(intake.slots()).map(([state, value]) => ({ labels: { state }, value })));
  metrics.watch("paused", () => [{ labels: {}, value: Number(gate.isPaused()) }]);
  metrics.watch("circuit", () =>
    sharedDependencies.map((dependency) => ({
      labels: { dependency },
      value: circuitNumbers[gate.stateOf(dependency)],
    })),
  );
}

/** Shows how the connections of each pool are used that the function which comes back is given. */
export function watchPools(metrics: Pick<Metrics, "watch">): (name: string, pool: PooledDatabase) => void {
  const pools = new Map<string, PooledDatabase>();
  const read = () => [...pools].map(([pool, database]) => ({ pool, ...database.connections() }));
  metrics.watch("connections", () =>
    read().flatMap(({ pool, used, idle }) => [
      { labels: { pool, state: "used" }, value: used },
      { labels: { pool, state: "idle" }, value: idle },
    ]),
  );
  metrics.watch("maxConnections", () => read().map(({ pool, max: value }) => ({ labels: { pool }, value })));
  metrics.watch("waitingForConnection", () => read().map(({ pool, pending: value }) => ({ labels: { pool }, value })));
  return (name, pool) => void pools.set(name, pool);
}
