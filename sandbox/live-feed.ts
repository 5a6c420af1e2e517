import type { Executor } from "../src/adapters/database.ts";
import { renderSettled } from "./report.ts";
import { listEntries } from "./scenario-store.ts";
import type { Screen } from "./screen.ts";
import type { LogEntry } from "./service-log.ts";
import type { Entry } from "./told-step.ts";

/** Tells on the screen what the service does while somebody tries it. */
export interface LiveFeed {
  /** Hears an entry of the service's log. */
  readonly hear: (entry: LogEntry) => void;
  /** Begins to tell; what was heard before is not told. */
  readonly begin: () => void;
}

/** A feed that tells of each message what the journal says of it, in order, and of each warning once in a row. */
export function createLiveFeed(database: Executor, screen: Screen): LiveFeed {
  let isTelling = false;
  let last = "";
  let told: Promise<void> = Promise.resolve();
  const tell = async (entry: LogEntry, at: Date) => {
    const entries = entry.message === "settled" ? await findEntries(database, entry) : [];
    const text = entries.length > 0 ? renderSettled(screen.terminal(), at, entries) : tellTrouble(entry);
    if (text !== null && text !== last) screen.print(text);
    last = text ?? last;
  };
  return {
    begin: () => {
      isTelling = true;
    },
    hear: (entry) => {
      if (!isTelling) return;
      const at = new Date();
      // While the sandbox stops, the journal may be out of reach; the service's log has the entry in any case.
      told = told.then(() => tell(entry, at)).catch(() => undefined);
    },
  };
}

async function findEntries(database: Executor, { fields }: LogEntry): Promise<readonly Entry[]> {
  const entries = await listEntries(database, String(fields["inboxKey"]));
  const isDuplicate = Array.isArray(fields["outcomes"]) && fields["outcomes"].includes("Duplicate");
  if (!isDuplicate) return entries;
  return entries.map((entry) => ({ ...entry, outcome: "Duplicate", outcomeClass: "no change", reasons: [] }));
}

function tellTrouble({ level, message, fields }: LogEntry): string | null {
  if (level === "info") return null;
  const details = [fields["dependency"], fields["errorClass"]].filter((detail) => typeof detail === "string");
  const cause = details.length > 0 ? ` (${details.join(", ")})` : "";
  return `${level === "warn" ? "Warning" : "Error"} of the service: ${message}${cause}`;
}
