import { setTimeout as wait } from "node:timers/promises";
import type { Executor } from "../src/adapters/database.ts";
import { describeSteps, type Played, type Step } from "./scenario-steps.ts";
import { countDeliveries, listEntries } from "./scenario-store.ts";
import type { Peers } from "./peers.ts";
import type { Entry, ToldStep } from "./told-step.ts";

/** What the scenario is played on. */
export interface Stage {
  readonly peers: Pick<Peers, "mpc" | "queue">;
  readonly database: Executor;
  readonly stop: AbortSignal;
  /** Called before each step, with its title. */
  readonly announce: (title: string) => void;
}

const pollMs = 10;
const patienceMs = 30_000;

/**
 * Plays the scenario of spec 7.1 and tells what the journal says of each step. A step is over when its message is settled.
 * Raises when one is not settled within half a minute, and when `stop` aborts.
 */
export async function playScenario(stage: Stage): Promise<readonly ToldStep[]> {
  const played: Played[] = [];
  const told: ToldStep[] = [];
  for (const step of describeSteps(new Date())) {
    stage.stop.throwIfAborted();
    stage.announce(step.title);
    const asked = await step.perform(stage.peers, played);
    played.push(asked);
    const entries = await waitFor(stage, step, () => findEntries(stage.database, asked));
    const { title, done, isShownWhole = false } = step;
    told.push({ title, done, isShownWhole, event: asked.event, inboxKey: asked.inboxKey, entries });
  }
  return told;
}

async function findEntries(database: Executor, { inboxKey, deliveries = 1 }: Played): Promise<readonly Entry[] | null> {
  const entries = await listEntries(database, inboxKey);
  if (deliveries === 1) return entries.length > 0 ? entries : null;
  if ((await countDeliveries(database, inboxKey)) < deliveries) return null;
  // A duplicate is counted, not journalled again (spec 1.6).
  const reasons = [`The inbox knows this message: it came ${deliveries} times and was settled once.`];
  return entries.map((entry) => ({ ...entry, outcome: "Duplicate", outcomeClass: "no change", reasons, changes: [] }));
}

async function waitFor<Value>(stage: Stage, { title }: Step, find: () => Promise<Value | null>): Promise<Value> {
  const patience = AbortSignal.timeout(patienceMs);
  for (;;) {
    const found = await find();
    if (found !== null) return found;
    if (patience.aborted) throw new Error(`The service did not settle the step "${title}": see its log.`);
    await wait(pollMs, undefined, { signal: stage.stop });
  }
}
