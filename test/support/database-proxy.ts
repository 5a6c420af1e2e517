import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between the service and its database, to break connections and to see what travels. Dispose closes it. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The address of the database through the proxy. */
  readonly url: string;
  /** Breaks every connection that is open now, without a word from the server. */
  breakConnections(): void;
}

/** What a proxy may be told of the bytes that pass. */
export interface Listener {
  readonly fromClient?: (connection: object, bytes: Buffer) => void;
  readonly fromServer?: (connection: object, bytes: Buffer) => void;
}

/** Starts a proxy before the database of this address. */
export async function startDatabaseProxy(databaseUrl: string, listener: Listener = {}): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true).on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (bytes) => {
      listener.fromClient?.(client, bytes);
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      listener.fromServer?.(client, bytes);
      client.write(bytes);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  const url = new URL(databaseUrl);
  url.port = String(address.port);
  const breakConnections = () => open.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    breakConnections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      breakConnections();
      await once(server, "close");
    },
  };
}
