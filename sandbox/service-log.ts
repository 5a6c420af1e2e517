import { closeSync, openSync, writeSync } from "node:fs";
import { createLog, type Log, type LogLevel } from "../src/platform/process/log.ts";

/** The service's log in a file. */
export interface ServiceLog extends Disposable {
  readonly log: Log;
}

/** What happened, as the service's log tells it. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Opens a log that is kept in a file, line by line, and told to `hear` entry by entry. */
export function openServiceLog(file: string, level: LogLevel, hear: (entry: LogEntry) => void): ServiceLog {
  const descriptor = openSync(file, "a");
  const kept = createLog(level, { write: (line) => void writeSync(descriptor, line) });
  const pass = (as: LogEntry["level"]) => (fields: LogEntry["fields"], message: string) => {
    kept[as](fields, message);
    hear({ level: as, fields, message });
  };
  return {
    log: { info: pass("info"), warn: pass("warn"), error: pass("error") },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}
