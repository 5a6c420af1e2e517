import { pino, stdTimeFunctions, type DestinationStream } from "pino";

/** Levels that the log can be set to. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof logLevels)[number];

/** The service's log: one JSON line an entry, never a name, NOMS number, CRN, address, token or body. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A log on standard output, or on another stream. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, destination);
}
