import type { Executor } from "../src/adapters/database.ts";
import { renderSettled } from "./report.ts";
import { listEntries } from "./scenario-store.ts";
import type { Screen } from "./screen.ts";
import type { LogEntry } from "./service-log.ts";

/** Tells on the screen what the service does while somebody tries it. */
export interface LiveFeed {
  /** Hears an entry of the service's log. */
  readonly hear: (entry: LogEntry) => void;
  /** Begins to tell; what was heard before is not told. */
  readonly begin: () => void;
}

/** A feed that tells of each message what the journal says of it, in order, and of each warning that there is one. */
export function createLiveFeed(database: Executor, screen: Screen): LiveFeed {
  let isTelling = false;
  let told: Promise<void> = Promise.resolve();
  return {
    begin: () => {
      isTelling = true;
    },
    hear: (entry) => {
      if (!isTelling) return;
      const at = new Date();
      // While the sandbox stops, the journal may be out of reach; the service's log has the entry in any case.
      told = told.then(() => tell(database, screen, { entry, at })).catch(() => undefined);
    },
  };
}

async function tell(
  database: Executor,
  screen: Screen,
  { entry, at }: { readonly entry: LogEntry; readonly at: Date },
): Promise<void> {
  const { level, message, fields } = entry;
  if (level !== "info") screen.print(`${level === "warn" ? "Warning" : "Error"} of the service: ${message}`);
  if (message !== "settled") return;
  const entries = await listEntries(database, String(fields["inboxKey"]));
  const outcomes: readonly unknown[] = Array.isArray(fields["outcomes"]) ? fields["outcomes"] : [];
  const isDuplicate = outcomes.includes("Duplicate");
  const shown = isDuplicate
    ? entries.map((one) => ({ ...one, outcome: "Duplicate", outcomeClass: "no change" as const, changes: [] }))
    : entries;
  screen.print(renderSettled(screen.terminal(), at, shown));
}
