import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { portOf } from "../../sandbox/free-port.ts";

/** Stands between the service and something it leans on, to break and stall it and to see what travels. */
export interface Proxy extends AsyncDisposable {
  /** The address of the other side through the proxy. */
  readonly url: string;
  /** How many connections a fault has hit so far: what travelled on them may be lost. Without end once it has stalled. */
  losses(): number;
  /** Breaks every connection that is open now, without a word from the other side; what was held back is lost. */
  breakConnections(): void;
  /** Breaks every connection that is open now as a machine does that knows nothing of it. */
  resetConnections(): void;
  /** Loses the other side of every connection that is open now, without a word to the service. */
  halfOpen(): void;
  /** Resets every connection, and every attempt at one, until it comes back. */
  goDown(): void;
  /** Lets connections be made again. */
  comeBack(): void;
  /** Lets nothing pass from now on, as a network does that has fallen silent: connections stay open. */
  stall(): void;
  /** Lets pass what was held back, and everything after it. */
  resume(): void;
  /** Holds every piece of data back for so long from now on. */
  delay(milliseconds: number): void;
  /** Breaks the connection of the other side's next answer in the middle of it, after so many bytes. */
  cutNextAnswer(bytes: number): void;
  /**
   * Stalls at the moment at which a text comes by for the first time: what was sent before it passes, the text does not.
   * Resolves then; never, when the trap is opened before.
   */
  stallAt(side: Side, text: string): Trap;
}

/** Which way data goes: what the service says, or what it is told. */
export type Side = "client" | "server";

/** Waits for a text. */
export interface Trap {
  readonly sprung: Promise<void>;
  /** Waits no more. */
  open(): void;
}

/** What a proxy may be told of the bytes that pass. */
export interface Listener {
  /** Someone connects, or tries to. */
  readonly attempted?: () => void;
  readonly fromClient?: (connection: object, bytes: Buffer) => void;
  readonly fromServer?: (connection: object, bytes: Buffer) => void;
}

interface State {
  readonly target: URL;
  readonly listener: Listener;
  readonly pairs: Set<Pair>;
  readonly traps: Set<ArmedTrap>;
  readonly gate: ReturnType<typeof createGate>;
  isDown: boolean;
  latency: number;
  cut: number | null;
  losses: number;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

interface ArmedTrap {
  readonly side: Side;
  readonly text: string;
  readonly spring: () => void;
}

/** Starts a proxy before the server of this address. Dispose closes it. */
export async function startProxy(targetUrl: string, listener: Listener = {}): Promise<Proxy> {
  const target = new URL(targetUrl);
  const pairs = new Set<Pair>();
  const state: State = {
    target,
    listener,
    pairs,
    traps: new Set(),
    gate: createGate(),
    isDown: false,
    latency: 0,
    cut: null,
    losses: 0,
  };
  const server = createServer({ allowHalfOpen: true }, (client) => join(state, client)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(targetUrl);
  url.port = String(portOf(server.address()));
  const breakConnections = () => {
    state.losses += pairs.size;
    pairs.forEach(destroy);
  };
  return {
    url: url.href,
    losses: () => state.losses,
    breakConnections,
    stall: () => {
      state.losses = Infinity;
      state.gate.close();
    },
    resume: state.gate.open,
    ...faultsOf(state),
    [Symbol.asyncDispose]: async () => {
      server.close();
      breakConnections();
      await once(server, "close");
    },
  };
}

function faultsOf(state: State) {
  const resetConnections = () => {
    state.losses += state.pairs.size;
    state.pairs.forEach(reset);
  };
  return {
    resetConnections,
    halfOpen: () => {
      state.losses += state.pairs.size;
      state.pairs.forEach(({ upstream }) => upstream.destroy());
    },
    goDown: () => {
      state.isDown = true;
      resetConnections();
    },
    comeBack: () => {
      state.isDown = false;
    },
    delay: (milliseconds: number) => {
      state.latency = milliseconds;
    },
    cutNextAnswer: (bytes: number) => {
      state.losses += 1;
      state.cut = bytes;
    },
    stallAt: (side: Side, text: string) => setTrap(state, side, text),
  };
}

function setTrap({ traps }: State, side: Side, text: string): Trap {
  const { promise: sprung, resolve: spring } = Promise.withResolvers<void>();
  const trap = { side, text, spring };
  traps.add(trap);
  return { sprung, open: () => void traps.delete(trap) };
}

function join(state: State, client: Socket): void {
  state.listener.attempted?.();
  if (state.isDown) {
    client.on("error", ignore).resetAndDestroy();
    return;
  }
  const upstream = connect({ port: Number(state.target.port), host: state.target.hostname, allowHalfOpen: true });
  const pair = { client, upstream };
  state.pairs.add(pair);
  client.once("close", () => {
    state.pairs.delete(pair);
    upstream.destroy();
  });
  // Ended in order, it is the client's turn to end; broken, it breaks the client too, unless no one is to be told.
  upstream.once("error", () => client.destroy());
  carry(state, { from: client, to: upstream, side: "client" });
  carry(state, { from: upstream, to: client, side: "server" });
}

interface Way {
  readonly from: Socket;
  readonly to: Socket;
  readonly side: Side;
}

/** Carries data one way, in order, through the gate and with the delay of the moment. */
function carry(state: State, { from, to, side }: Way): void {
  const { listener, gate } = state;
  const tell = side === "client" ? listener.fromClient : listener.fromServer;
  const connection = side === "client" ? from : to;
  const line = createLine(state);
  let tail = "";
  from.setNoDelay(true).on("error", ignore);
  from.on("data", (bytes) => {
    tell?.(connection, bytes);
    if (side === "server" && state.cut !== null) {
      to.end(bytes.subarray(0, state.cut));
      state.cut = null;
      return;
    }
    const { passing, held } = divide(state, { bytes, tail, side });
    tail = (tail + bytes.toString("latin1")).slice(-longestText);
    if (passing.length > 0) line(() => gate.pass(() => to.write(passing)));
    if (held === null) return;
    line(() => {
      gate.close();
      gate.pass(() => to.write(held.bytes));
      held.trap.spring();
    });
  });
  from.on("end", () => line(() => gate.pass(() => to.end())));
}

const longestText = 100;

interface Divided {
  readonly passing: Buffer;
  readonly held: { readonly bytes: Buffer; readonly trap: ArmedTrap } | null;
}

/** Divides data before the text that a trap waits for; a text may have begun in the data before. */
function divide(
  { traps }: State,
  { bytes, tail, side }: { readonly bytes: Buffer; readonly tail: string; readonly side: Side },
): Divided {
  const text = tail + bytes.toString("latin1");
  for (const trap of traps) {
    const found = trap.side === side ? text.indexOf(trap.text, Math.max(0, tail.length - trap.text.length + 1)) : -1;
    if (found === -1) continue;
    traps.delete(trap);
    const at = Math.max(0, found - tail.length);
    return { passing: bytes.subarray(0, at), held: { bytes: bytes.subarray(at), trap } };
  }
  return { passing: bytes, held: null };
}

/** Does one thing after the other, each after the delay that held when it was put in line. */
function createLine(state: State): (act: () => void) => void {
  let waiting: Promise<void> | null = null;
  return (act) => {
    if (state.latency === 0 && waiting === null) return act();
    const { promise: due, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, state.latency).unref();
    const turn = takeTurn([waiting ?? due, due], act).finally(() => {
      if (waiting === turn) waiting = null;
    });
    waiting = turn;
  };
}

async function takeTurn(earlier: readonly Promise<void>[], act: () => void): Promise<void> {
  await Promise.all(earlier);
  act();
}

function destroy({ client, upstream }: Pair): void {
  client.destroy();
  upstream.destroy();
}

function reset({ client, upstream }: Pair): void {
  client.resetAndDestroy();
  upstream.resetAndDestroy();
}

function ignore(): void {}

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
