import { EventEmitter, on } from "node:events";

/** One line of a service's log. */
export interface WatchedLine {
  /** Which process wrote it. */
  readonly writer: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The log lines of several processes in one, and what waits for them. */
export interface LineWatch {
  readonly lines: readonly WatchedLine[];
  add(line: WatchedLine): void;
  /** Looks now and at every line that comes, until something is found; `what` is told when it takes too long. */
  until<Found>(what: string, look: () => Found | undefined): Promise<Found>;
  /** Waits for a line; those that came before count too. */
  line(message: string, fields?: WatchedLine["fields"]): Promise<WatchedLine>;
  /** Waits until a message is settled so many times, and answers the outcomes of the last one. */
  settled(inboxKey: string, times?: number): Promise<readonly string[]>;
  /** Waits until each of these messages is settled at least once. */
  allSettled(inboxKeys: readonly string[]): Promise<void>;
  /** How often each message was settled so far. */
  readonly settlements: ReadonlyMap<string, number>;
  /** Makes whoever waits look again. */
  poke(): void;
  /** How often those who wait had reason to look. */
  news(): number;
}

const patienceMs = 90_000;

/** Collects lines. */
export function watchLines(): LineWatch {
  const lines: WatchedLine[] = [];
  const settlements = new Map<string, number>();
  const arrivals = new EventEmitter().setMaxListeners(0);
  let news = 0;
  const poke = () => {
    news += 1;
    arrivals.emit("news");
  };
  const until: LineWatch["until"] = async (what, look) => {
    const signal = AbortSignal.timeout(patienceMs);
    const arriving = on(arrivals, "news", { signal });
    try {
      for (let seen = look(); ; seen = look()) {
        if (seen !== undefined) return seen;
        await arriving.next();
      }
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new Error(`${what} did not come; the last lines: ${describeLast(lines)}`, { cause });
    } finally {
      await arriving.return?.();
    }
  };
  return {
    lines,
    settlements,
    until,
    add: (line) => {
      lines.push(line);
      const key = line.message === "message settled" ? String(line.fields["inboxKey"]) : null;
      if (key !== null) settlements.set(key, (settlements.get(key) ?? 0) + 1);
      poke();
    },
    line: (message, fields = {}) =>
      until(`the line "${message}" ${JSON.stringify(fields)}`, () => lines.find((one) => fits(one, message, fields))),
    settled: async (inboxKey, times = 1) => {
      await until(`settlement ${times} of ${inboxKey}`, () => found((settlements.get(inboxKey) ?? 0) >= times));
      const all = lines.filter((one) => fits(one, "message settled", { inboxKey }));
      return outcomesOf(all[times - 1]);
    },
    allSettled: async (inboxKeys) => {
      const left = new Set(inboxKeys);
      await until("the settlement of all messages", () => {
        for (const key of left) {
          if (!settlements.has(key)) return undefined;
          left.delete(key);
        }
        return true;
      });
    },
    poke,
    news: () => news,
  };
}

function found(isSo: boolean): true | undefined {
  return isSo || undefined;
}

function fits({ message, fields }: WatchedLine, wanted: string, values: WatchedLine["fields"]): boolean {
  return message === wanted && Object.entries(values).every(([name, value]) => fields[name] === value);
}

function outcomesOf(line: WatchedLine | undefined): readonly string[] {
  const outcomes = line?.fields["outcomes"];
  return Array.isArray(outcomes) ? outcomes.map(String) : [];
}

function describeLast(lines: readonly WatchedLine[]): string {
  return lines
    .slice(-8)
    .map(({ writer, message, fields }) => `${writer}: ${message} ${JSON.stringify(fields)}`)
    .join("; ");
}
