import { listListeners } from "./port-holder.ts";
import type { Ports } from "./sandbox-state.ts";

const names: Readonly<Record<keyof Ports, string>> = {
  api: "The service's API",
  auth: "HMPPS Auth",
  database: "PostgreSQL",
  ldap: "The directory",
  mpc: "Manage POM Cases",
  queue: "The queue",
};

/** A sentence for each part that listens elsewhere than it was to: another program has its port, and which one. */
export async function describeMoved(wanted: Ports, actual: Ports): Promise<readonly string[]> {
  const moved = portNames.filter((name) => actual[name] !== wanted[name]);
  const listeners = moved.length === 0 ? [] : await listListeners();
  return moved.map((name) => {
    const holder = listeners.find((one) => one.port === wanted[name] && one.holder !== null)?.holder ?? null;
    const taker = holder === null ? "another program" : `process ${holder.pid} (${holder.name})`;
    return `${names[name]} moved to port ${actual[name]}: ${taker} has port ${wanted[name]}.`;
  });
}

const portNames = ["api", "auth", "database", "ldap", "mpc", "queue"] as const satisfies readonly (keyof Ports)[];
