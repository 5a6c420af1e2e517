import { DependencyError } from "../../platform/process/dependency-error.ts";
import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import type { Gate, Use } from "./gate-job.ts";
import { handleMessage, type InboxSettings } from "../pipeline/message-handler.ts";
import type { HeldMessage } from "./held-message.ts";
import type { IntakeSettings } from "./intake.ts";

/** What the handling of messages is built from, and who watches it. */
export interface WatchedSettings {
  readonly inbox: (message: HeldMessage) => InboxSettings;
  readonly gate: Pick<Gate, "recordWell" | "recordFailure">;
  readonly uptime: Uptime;
}

/** Handles messages, and tells the gate which dependencies served and which failed the person that each is about. */
export function watchHandling({ inbox, gate, uptime }: WatchedSettings): IntakeSettings["handle"] {
  return async (message, signal) => {
    const { person, failedBy } = message;
    const use: Use = { person, failedBy, begunAt: uptime() };
    const settings = inbox(message);
    try {
      const ending = await handleMessage({ ...settings, api: watch(settings.api, gate, use) }, message, signal);
      // That a case is locked says nothing about the database.
      if (ending.kind !== "locked") gate.recordWell("database", use);
      return ending;
    } catch (error) {
      if (error instanceof DependencyError) gate.recordFailure(error.dependency, use);
      throw error;
    }
  };
}

/** Tells the gate whenever Manage POM Cases has answered, for which HMPPS Auth had to be well too. */
function watch(api: MpcApi, gate: WatchedSettings["gate"], use: Use): MpcApi {
  const tell = <Answer>(answer: Answer): Answer => {
    gate.recordWell("mpc", use);
    gate.recordWell("auth", use);
    return answer;
  };
  return {
    ...api,
    fetchHandover: async (url, signal) => tell(await api.fetchHandover(url, signal)),
    fetchAllocation: async (url, signal) => tell(await api.fetchAllocation(url, signal)),
  };
}
