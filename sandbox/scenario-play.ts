import { setTimeout as wait } from "node:timers/promises";
import type { Executor } from "../src/platform/database/database.ts";
import { describeSteps, type Played, type Step } from "./scenario-steps.ts";
import { findSettled } from "./settled-message.ts";
import type { Peers } from "./peers.ts";
import type { ShownStep } from "./step-text.ts";

/** What the scenario is played on. */
export interface Stage {
  readonly peers: Pick<Peers, "mpc" | "announcements">;
  readonly database: Executor;
  readonly stop: AbortSignal;
  /** Called before each step, with its title. */
  readonly announce: (title: string) => void;
}

const pollMs = 10;
const patienceMs = 30_000;

/**
 * Plays the scenario and reports what the journal says of each step. A step is over when its message is settled.
 * Raises when one is not settled within half a minute, and when `stop` aborts.
 */
export async function playScenario(stage: Stage): Promise<readonly ShownStep[]> {
  const played: Played[] = [];
  const told: ShownStep[] = [];
  for (const step of describeSteps(new Date())) {
    stage.stop.throwIfAborted();
    stage.announce(step.title);
    const asked = await step.perform(stage.peers, played);
    played.push(asked);
    const entries = await waitFor(stage, step, () => findSettled(stage.database, asked));
    const { title, done, isShownWhole = false } = step;
    told.push({ title, done, isShownWhole, event: asked.event, inboxKey: asked.inboxKey, entries });
  }
  return told;
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
