import type { Executor } from "../src/platform/database/database.ts";
import type { ActionTaken } from "../src/operations/action/action.ts";
import { describeAction } from "../src/operations/action/action-text.ts";
import { counted } from "../src/commands/terminal/counted.ts";
import { renderHappening, describeSettled, type Happening } from "./report.ts";
import { listActionsSince, listEntries } from "./scenario-store.ts";
import type { Screen } from "./screen.ts";
import type { LogEntry } from "./service-log.ts";
import type { Entry } from "./step-text.ts";

/** Shows on the screen what the service does while someone tries it. Dispose ends it. */
export interface LiveFeed extends Disposable {
  /** Hears an entry of the service's log. */
  readonly hear: (entry: LogEntry) => void;
  /** Begins to show; what happened before is not shown. */
  readonly begin: () => void;
}

const lookupMs = 1_000;

/**
 * A feed that shows of each message what the journal says of it, what operators do, and what the service warns of, in
 * order. What repeats itself is shown once and then counted.
 */
export function createLiveFeed(database: Executor, screen: Screen): LiveFeed {
  const narrator = createNarrator(screen);
  let lastAction: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let told: Promise<void> = Promise.resolve();
  // While the sandbox stops, the database may be out of reach; the service's log has the entry in any case.
  const queue = (work: () => Promise<void>) => {
    told = told.then(work).catch(() => undefined);
  };
  const look = async () => {
    const actions = await listActionsSince(database, lastAction ?? 0);
    if (lastAction !== null)
      for (const { action } of actions) narrator.tell(new Date(action.takenAt), tellAction(action));
    lastAction = actions.at(-1)?.id ?? lastAction ?? 0;
    narrator.count();
  };
  return {
    begin: () => {
      queue(look);
      timer = setInterval(() => queue(look), lookupMs);
    },
    hear: (entry) => {
      if (timer === undefined) return;
      const at = new Date();
      queue(async () => {
        const happening = await findHappening(database, entry);
        if (happening !== null) narrator.tell(at, happening);
      });
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Shows what happens; what is the same as the last is counted, and the count shown before anything else is. */
function createNarrator(screen: Screen) {
  let last = "";
  let times = 1;
  let shown = 1;
  const count = () => {
    if (times > shown) screen.print(`    the same again: ${counted(times, "time")} in all`);
    shown = times;
  };
  return {
    count,
    tell: (at: Date, happening: Happening) => {
      const told = JSON.stringify(happening);
      if (told === last) {
        times += 1;
        return;
      }
      count();
      [last, times, shown] = [told, 1, 1];
      screen.print(renderHappening(screen.terminal(), at, happening));
    },
  };
}

async function findHappening(database: Executor, entry: LogEntry): Promise<Happening | null> {
  const entries = entry.message === "message settled" ? await findEntries(database, entry) : [];
  return entries.length > 0 ? describeSettled(entries) : describeTrouble(entry);
}

async function findEntries(database: Executor, { fields }: LogEntry): Promise<readonly Entry[]> {
  const entries = await listEntries(database, String(fields["inboxKey"]));
  const isDuplicate = Array.isArray(fields["outcomes"]) && fields["outcomes"].includes("Duplicate");
  if (!isDuplicate) return entries;
  return entries.map((entry) => ({ ...entry, outcome: "Duplicate", outcomeClass: "no change", reasons: [] }));
}

function describeTrouble({ level, message, fields }: LogEntry): Happening | null {
  if (level === "info") return null;
  if (message === "intake changed") return describeIntake(fields);
  const details = [fields["dependency"], fields["errorClass"]].filter((detail) => typeof detail === "string");
  const cause = details.length > 0 ? ` (${details.join(", ")})` : "";
  return { title: `${level === "warn" ? "Warning" : "Error"} of the service: ${message}${cause}`, lines: [] };
}

/** That an operator paused or resumed it stands among the actions, with who and why. */
function describeIntake({ state, dependency, allowance }: LogEntry["fields"]): Happening | null {
  if (state === "paused") return null;
  const whom = String(dependency);
  if (state !== "waiting") return { title: "The intake runs", lines: [] };
  const trial = typeof allowance === "number" && allowance > 0 ? counted(allowance, "message") : null;
  const title = trial === null ? `The intake waits for ${whom}` : `The intake tries ${whom} with ${trial} at once`;
  return { title, lines: [] };
}

/** What an operator did, and why. */
function tellAction(action: ActionTaken): Happening {
  const why = action.reason === undefined ? "" : `, because: ${action.reason}`;
  return { title: `${describeAction(action)} by ${action.actor}${why}`, lines: [] };
}
