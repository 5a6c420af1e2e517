import type { Listener } from "./proxy.ts";

// What the service says to its database and to its directory, as a proxy overhears it.

/** Everything that was said, in order, until it is forgotten. */
export interface Traffic {
  readonly listener: Listener;
  readonly said: readonly string[];
  /** Of how many connections something was heard. */
  readonly connections: () => number;
  forget(): void;
}

/** What jobs look for all the time, whether anyone asks or not. */
const ofJobs =
  /^(?:claim-due-.+|list-quarantine-groups|list-waiting-groups|find-last-whole-reconciliation|list-open-group-replays|(?:limit|save|remove)-.*replicas?.*)$/;

/** Hears the name of each prepared statement that is run for someone who asks. */
export function overhearStatements(): Traffic {
  return overhear((bytes, isFirst) => {
    // The first message of a connection has no type.
    const from = isFirst ? 0 : 1;
    if (bytes.length < from + 4) return null;
    const length = from + bytes.readUInt32BE(from);
    const isBind = !isFirst && bytes[0] === "B".charCodeAt(0);
    const [, name = ""] = isBind ? textsOf(bytes.subarray(from + 4, length)) : [];
    return { length, said: isBind && !ofJobs.test(name) ? [name] : [] };
  });
}

const operations: Readonly<Record<number, string>> = { 0x60: "bind", 0x63: "search", 0x42: "unbind" };

/** Hears each operation that a directory is asked for: `bind`, `search`, `unbind`. */
export function overhearDirectory(): Traffic {
  return overhear((bytes) => {
    const content = contentOf(bytes, 0);
    if (content === null) return null;
    const messageId = contentOf(bytes, content.from);
    const operation = messageId === null ? undefined : operations[bytes[messageId.to] ?? 0];
    return { length: content.to, said: operation === undefined ? [] : [operation] };
  });
}

interface Heard {
  readonly length: number;
  readonly said: readonly string[];
}

function overhear(read: (bytes: Buffer, isFirst: boolean) => Heard | null): Traffic {
  const said: string[] = [];
  const rests = new WeakMap<object, Buffer>();
  let connections = 0;
  const fromClient = (connection: object, bytes: Buffer): void => {
    const known = rests.get(connection);
    if (known === undefined) connections += 1;
    let rest = Buffer.concat([known ?? Buffer.alloc(0), bytes]);
    let isFirst = known === undefined;
    for (let heard = read(rest, isFirst); heard !== null && heard.length <= rest.length; heard = read(rest, isFirst)) {
      said.push(...heard.said);
      rest = rest.subarray(heard.length);
      isFirst = false;
    }
    rests.set(connection, rest);
  };
  return {
    listener: { fromClient },
    said,
    connections: () => connections,
    forget: () => {
      said.length = 0;
      connections = 0;
    },
  };
}

function textsOf(bytes: Buffer): readonly string[] {
  return bytes.toString("latin1").split("\0");
}

/** Where the content of a BER element begins and ends; null while its head has not come. */
function contentOf(bytes: Buffer, at: number): { readonly from: number; readonly to: number } | null {
  const short = bytes[at + 1];
  if (short === undefined) return null;
  const size = short < 0x80 ? 0 : short - 0x80;
  if (bytes.length < at + 2 + size) return null;
  const from = at + 2 + size;
  return { from, to: from + (size === 0 ? short : bytes.readUIntBE(at + 2, size)) };
}
