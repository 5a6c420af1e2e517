import packageFile from "../../package.json" with { type: "json" };
import { checkSigningKeys } from "../platform/access/signing-keys.ts";
import type { Database } from "../platform/database/database.ts";
import { ComponentError, type Check } from "../platform/health/health-checks.ts";
import { pingDatabase } from "../platform/health/health-store.ts";
import { describeReplica, type ReplicaReport } from "../operations/intake-control/replica-report.ts";
import type { Config } from "./config.ts";
import type { Parts, State } from "./parts.ts";

/** What the health of the service is made of, but for the directory. */
export function checksOf({ config, queue, state, probe }: Parts, reads: Database): Readonly<Record<string, Check>> {
  return {
    database: () => pingDatabase(reads),
    queue: async () => ({ ...(await queue.count()) }),
    // It wants a token here too: a refusal shows that it is there.
    mpc: () => probe.ask("mpc", `${config.mpc.origins[0]}/api`, [200, 401]),
    hmppsAuth: () => checkSigningKeys(config.api.tokens.jwksUrl),
    consumer: async () => describeConsumer(config, state),
  };
}

/** Trouble with some people leaves the consumer up; that nothing can be consumed for long does not. */
function describeConsumer({ consumer: settings }: Config, { consumer }: State) {
  if (!settings.enabled) return { state: "disabled" };
  if (consumer === null) return { state: "starting" };
  const { gate, intake } = consumer;
  const shown = { ...gate.describe(), inHand: intake.inHand() };
  if (shown.state === "paused") return { ...shown, state: intake.slots().busy > 0 ? "pausing" : "paused" };
  const reason = intake.standstill();
  if (reason !== null) throw new ComponentError({ ...shown, reason });
  const failingFor = intake.failingFor();
  const isTrouble = shown.state === "running" && Object.keys(failingFor).length > 0;
  return isTrouble ? { ...shown, failingFor } : shown;
}

/** How the intake of this replica stands; null until that is known. */
export function describeIntake({ config, state: { consumer }, stopping }: Parts): ReplicaReport | null {
  const none = { gate: null, inWork: 0, inHand: 0, isStopping: stopping.aborted };
  if (!config.consumer.enabled) return describeReplica(none);
  if (consumer === null) return null;
  const { gate, intake } = consumer;
  const counts = { inWork: intake.slots().busy, inHand: intake.inHand() };
  return describeReplica({ ...none, ...counts, gate: gate.describe() });
}

/** What `/info` shows. */
export function describeService({ config: { build, consumer, rules }, clock, uptime }: Parts) {
  const [since, startedAt] = [new Date(clock()), uptime()];
  return () => ({
    git: build.commit === undefined ? {} : { commit: build.commit },
    build: { name: packageFile.name, version: build.version ?? packageFile.version },
    productId: "HMPPS518",
    uptime: { seconds: Math.floor((uptime() - startedAt) / 1000), since: since.toISOString() },
    features: { consumer: consumer.enabled, handoverNullDates: rules.nullDates },
  });
}
