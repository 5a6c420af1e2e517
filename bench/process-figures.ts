import { readdirSync, readFileSync } from "node:fs";

// What the kernel says of processes, in its own units: ticks of a hundredth of a second, and kibibytes.
const ticksPerSecond = 100;
const bytesPerKibibyte = 1024;

interface ProcessTimes {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended and were waited for. */
  readonly children: number;
}

/** Processor seconds, user's and system's, that a process has used so far. */
export function readProcessSeconds(pid: number): number {
  return readTimes(pid).own;
}

/**
 * Processor seconds of a PostgreSQL server: of the server itself, of the sessions and workers that it has, and of those
 * that have ended.
 */
export function readServerSeconds(postmaster: number): number {
  const { own, children } = readTimes(postmaster);
  const living = listProcesses().map((pid) => tryRead(pid));
  return living.reduce((sum, times) => (times?.parent === postmaster ? sum + times.own : sum), own + children);
}

/** The process that started this one. */
export function readParent(pid: number): number {
  return readTimes(pid).parent;
}

/** The memory of a process that is in the machine's. */
export function readResidentBytes(pid: number): number {
  const [, kibibytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * bytesPerKibibyte;
}

/** The most memory that a process has had so far. */
export function readPeakBytes(pid: number): number {
  const [, kibibytes = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * bytesPerKibibyte;
}

function listProcesses(): readonly number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function tryRead(pid: number): ProcessTimes | null {
  try {
    return readTimes(pid);
  } catch {
    // It has ended since it was listed.
    return null;
  }
}

// The second field is the program's name in brackets and may hold blanks; the others are counted from behind it.
function readTimes(pid: number): ProcessTimes {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (place: number) => Number(fields[place]);
  return {
    parent: field(1),
    own: (field(11) + field(12)) / ticksPerSecond,
    children: (field(13) + field(14)) / ticksPerSecond,
  };
}
