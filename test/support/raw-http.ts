import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends bytes to a server and reads on until it closes the connection. Answers null when it says nothing. */
export async function exchange(address: string, bytes: string | Uint8Array): Promise<RawAnswer | null> {
  const socket = connectTo(address);
  socket.write(bytes);
  return readAnswer(await text(socket).catch(() => ""));
}

/** Connects to the server of an address. */
export function connectTo(address: string): Socket {
  const { hostname, port } = new URL(address);
  return connect({ host: hostname, port: Number(port), noDelay: true });
}

/** A request as text; the server closes the connection after it. */
export function writeRequest(line: string, headers: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "host: service", "connection: close", ...headers, "", body].join("\r\n");
}

/** Takes an answer apart; null when there is none. An interim answer before it is left out. */
export function readAnswer(bytes: string): RawAnswer | null {
  const final = bytes.replace(/^(HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n)+/, "");
  const [head = "", ...rest] = final.split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1];
  if (status === undefined) return null;
  const pairs = lines.map((header) => {
    const colon = header.indexOf(":");
    return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()] as const;
  });
  return { status: Number(status), headers: Object.fromEntries(pairs), text: rest.join("\r\n\r\n") };
}
