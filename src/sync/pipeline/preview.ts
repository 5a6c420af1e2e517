import type { Database } from "../../platform/database/database.ts";
import type { JournalEntry } from "../fact/outcome.ts";
import { withoutFaultyFacts } from "./delius-fault.ts";
import { lookUp } from "./lookup-store.ts";
import { lookAtMessage, prepareMessage, type PreparationSettings } from "./message-handler.ts";
import { toJournalEntries, type ReadMessage } from "./prepared-message.ts";
import { decideBatch, type FactHandlers } from "./settle-batch.ts";

/** What previews are made with. */
export interface PreviewSettings extends PreparationSettings {
  readonly database: Database;
  readonly handlers: FactHandlers;
}

/**
 * What would be decided about a message at this moment, be it settled or not; nothing is written (rule G5). It takes no claim and does
 * not lock the person: it holds up no one, and may be overtaken a moment later.
 */
export async function previewMessage(
  settings: PreviewSettings,
  message: ReadMessage,
  signal: AbortSignal,
): Promise<readonly JournalEntry[]> {
  const { database, handlers } = settings;
  const lookup = await lookAtMessage(settings, message);
  return withoutFaultyFacts(await prepareMessage(settings, { message, lookup }, { signal }), (prepared) =>
    database.transaction(async (tx) => {
      const looked = lookUp(tx, [prepared.message]);
      const decisions = await decideBatch({ tx, set: [prepared], handlers }, looked);
      if ("alone" in decisions) throw new Error("A message that stands alone was not decided.");
      return { commit: false, value: toJournalEntries(prepared, decisions.facts, decisions.now) };
    }, signal),
  );
}
