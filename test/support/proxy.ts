import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { portOf } from "../../sandbox/free-port.ts";

/** Stands between the service and something it leans on, to break and stall it and to see what travels. */
export interface Proxy extends AsyncDisposable {
  /** The address of the other side through the proxy. */
  readonly url: string;
  /** Breaks every connection that is open now, without a word from the other side. */
  breakConnections(): void;
  /** Lets nothing pass from now on, as a network does that has fallen silent: connections stay open. */
  stall(): void;
  /** Lets pass what was held back, and everything after it. */
  resume(): void;
}

/** What a proxy may be told of the bytes that pass. */
export interface Listener {
  readonly fromClient?: (connection: object, bytes: Buffer) => void;
  readonly fromServer?: (connection: object, bytes: Buffer) => void;
}

/** Starts a proxy before the server of this address. Dispose closes it. */
export async function startProxy(targetUrl: string, listener: Listener = {}): Promise<Proxy> {
  const target = new URL(targetUrl);
  const open = new Set<Socket>();
  const gate = createGate();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    join(client, upstream, open);
    client.on("data", (bytes) => {
      listener.fromClient?.(client, bytes);
      gate.pass(() => upstream.write(bytes));
    });
    upstream.on("data", (bytes) => {
      listener.fromServer?.(client, bytes);
      gate.pass(() => client.write(bytes));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(targetUrl);
  url.port = String(portOf(server.address()));
  const breakConnections = () => open.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    breakConnections,
    stall: gate.close,
    resume: gate.open,
    [Symbol.asyncDispose]: async () => {
      server.close();
      breakConnections();
      await once(server, "close");
    },
  };
}

function join(client: Socket, upstream: Socket, open: Set<Socket>): void {
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
}

function createGate() {
  let held: (() => void)[] | null = null;
  return {
    pass: (send: () => void) => {
      if (held === null) send();
      else held.push(send);
    },
    close: () => {
      held ??= [];
    },
    open: () => {
      const waiting = held ?? [];
      held = null;
      waiting.forEach((send) => send());
    },
  };
}
