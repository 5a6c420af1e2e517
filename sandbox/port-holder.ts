import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** A program that listens on a port of this machine. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Null where it belongs to another user, or has just ended. */
  readonly holder: { readonly pid: number; readonly name: string } | null;
}

/** Who listens on this machine, as far as one may see. */
export async function listListeners(): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  if (tables.every((table) => table === "")) return readLsof(await askLsof());
  const sockets = tables.flatMap((table) => table.split("\n").flatMap(readSocket));
  const holders = await findHolders(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ address, port, inode }) => ({ address, port, holder: holders.get(inode) ?? null }));
}

// Where there is no /proc to read, as on macOS.
function askLsof(): Promise<string> {
  return promisify(execFile)("lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-F", "pcn"]).then(
    ({ stdout }) => stdout,
    () => "",
  );
}

/** Reads what `lsof -F pcn` prints: a line each for process, command and, for each socket, file and address. Pure. */
export function readLsof(printed: string): readonly Listener[] {
  let holder = { pid: 0, name: "" };
  return printed.split("\n").flatMap((line) => {
    const value = line.slice(1);
    if (line.startsWith("p")) holder = { pid: Number(value), name: "" };
    if (line.startsWith("c")) holder = { ...holder, name: value };
    const [, host = "", port = ""] = /^n(.*):(\d+)$/.exec(line) ?? [];
    return port === "" ? [] : [{ address: host === "*" ? "0.0.0.0" : host, port: Number(port), holder }];
  });
}

function readSocket(line: string) {
  const listening = "0A";
  const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
  const [host = "", port = ""] = local.split(":");
  if (state !== listening) return [];
  return [{ address: readAddress(host), port: Number.parseInt(port, 16), inode }];
}

/** Four bytes in the machine's order make an IPv4 address; of the longer ones only "any" and loopback need a name. */
function readAddress(hex: string): string {
  if (/^0+$/.test(hex)) return hex.length === 8 ? "0.0.0.0" : "::";
  if (hex.length !== 8) return hex.endsWith("01000000") ? "::1" : hex;
  return [...Buffer.from(hex, "hex")].toReversed().join(".");
}

async function findHolders(wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, NonNullable<Listener["holder"]>>> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => listSockets(pid, wanted)));
  return new Map(found.flat());
}

async function listSockets(pid: string, wanted: ReadonlySet<string>) {
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => []);
  const links = await Promise.all(files.map((file) => readlink(path.join(folder, file)).catch(() => "")));
  const inodes = links
    .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
    .filter((inode) => wanted.has(inode));
  if (inodes.length === 0) return [];
  // The name that the system keeps is that of a thread: Node's is no help.
  const [program = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  const name = path.basename(program);
  return inodes.map((inode) => [inode, { pid: Number(pid), name }] as const);
}
