import { connect, createServer, type Socket } from "node:net";
import { listenOn } from "../sandbox/free-port.ts";

/** Stands before a server and counts. Dispose closes it and every connection. */
export interface TurnCounter extends AsyncDisposable {
  /** The address of the server through the counter. */
  readonly url: string;
  /**
   * How often a client has spoken since the last call, having been answered before: flushes where statements travel
   * together, and calls where each waits for its answer.
   */
  take(): number;
}

/** Starts a counter before the server of this address. */
export async function countTurns(address: string): Promise<TurnCounter> {
  const target = new URL(address);
  const open = new Set<Socket>();
  let turns = 0;
  const server = createServer((client) => {
    let isServersTurn = false;
    const other = connect(Number(target.port), target.hostname);
    client.on("data", (bytes) => {
      if (!isServersTurn) turns += 1;
      isServersTurn = true;
      other.write(bytes);
    });
    other.on("data", (bytes) => {
      isServersTurn = false;
      client.write(bytes);
    });
    joinEnds(client, other, open);
    joinEnds(other, client, open);
  });
  const port = await listenOn(server, 0);
  const url = new URL(address);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    take: () => {
      const counted = turns;
      turns = 0;
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      open.forEach((socket) => socket.destroy());
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What ends one side of a conversation ends the other. */
function joinEnds(one: Socket, other: Socket, open: Set<Socket>): void {
  open.add(one.setNoDelay());
  one.on("close", () => {
    open.delete(one);
    other.destroy();
  });
  one.on("error", () => one.destroy());
}
