import { toHealth, type ComponentHealth, type Health } from "./health.ts";
import { answerWithin, LateError } from "../process/work-limits.ts";
import type { Clocks } from "../time/clocks.ts";
import { errorClassOf } from "../process/dependency-error.ts";

const patienceMs = 1_000;
const keptMs = 2_000;

/** A component is down that can tell more than what failed. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  readonly details: Readonly<Record<string, unknown>>;

  constructor(details: Readonly<Record<string, unknown>>) {
    super("a component is down");
    this.details = details;
  }
}

/** Looks at one component; raises, or never answers, when it is down. May answer details to show. */
export type Check = () => Promise<Readonly<Record<string, unknown>> | void>;

/**
 * Looks at every component at once and answers within a second, no matter what hangs. An answer is kept for 2 s, so that
 * asking often costs the dependencies nothing. A component that is down stays down since the first look that found it so.
 */
export function createHealthChecks(checks: Readonly<Record<string, Check>>, clocks: Clocks): () => Promise<Health> {
  const { clock, uptime } = clocks;
  let kept: { readonly at: number; readonly health: Promise<Health> } | null = null;
  const downSince = new Map<string, string>();
  const date = (name: string, health: ComponentHealth): ComponentHealth => {
    if (health.status === "UP") {
      downSince.delete(name);
      return health;
    }
    const since = downSince.get(name) ?? new Date(clock()).toISOString();
    downSince.set(name, since);
    return { ...health, since };
  };
  return () => {
    if (kept === null || uptime() - kept.at >= keptMs) kept = { at: uptime(), health: checkAll(checks, date) };
    return kept.health;
  };
}

async function checkAll(
  checks: Readonly<Record<string, Check>>,
  date: (name: string, health: ComponentHealth) => ComponentHealth,
): Promise<Health> {
  const entries = Object.entries(checks).map(
    async ([name, check]) => [name, date(name, await checkOne(check))] as const,
  );
  return toHealth(Object.fromEntries(await Promise.all(entries)));
}

async function checkOne(check: Check): Promise<ComponentHealth> {
  try {
    const details = await answerWithin(patienceMs, check());
    return details === undefined ? { status: "UP" } : { status: "UP", details };
  } catch (error) {
    if (error instanceof ComponentError) return { status: "DOWN", details: error.details };
    return { status: "DOWN", details: { error: describeFailure(error) } };
  }
}

// Never the message of someone else's error: it may name a host.
function describeFailure(error: unknown): string {
  return error instanceof LateError ? error.message : errorClassOf(error);
}
