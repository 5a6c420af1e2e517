import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { overloaded } from "./http-error.ts";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** The requests of each connection, one at a time. */
export interface Turns {
  /** Handles a request when those before it on its connection are answered, and their answers are sent. */
  inTurn(handle: RequestListener): RequestListener;
  /** Whether an answer that is written now would be taken for that of the connection's last request. */
  isNextAnswer(socket: Duplex): boolean;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Line {
  current: Exchange;
  readonly waiting: Exchange[];
}

/**
 * Node hands over every request of a connection as soon as it has arrived, thousands in one piece, and keeps their answers
 * until the other side reads them. So they wait here for their turn; a connection with more than `maxWaiting` is closed.
 */
export function keepTurns(maxWaiting: number): Turns {
  const lines = new WeakMap<Duplex, Line>();
  return {
    inTurn: (handle) => (request, response) => {
      const { socket } = request;
      const line = lines.get(socket);
      if (line === undefined || line.current.response.closed) {
        const begun = { current: { request, response }, waiting: [] };
        lines.set(socket, begun);
        serve(begun, handle);
      } else if (line.waiting.length < maxWaiting) line.waiting.push({ request, response });
      else socket.destroy();
    },
    isNextAnswer: (socket) => {
      const line = lines.get(socket);
      if (line === undefined) return true;
      const { request, response } = line.current;
      return line.waiting.length === 0 && (request.complete ? response.closed : !response.headersSent);
    },
  };
}

function serve(line: Line, handle: RequestListener): void {
  const { request, response } = line.current;
  response.once("close", () => {
    const next = line.waiting.shift();
    if (next === undefined || request.socket.destroyed) return;
    line.current = next;
    serve(line, handle);
  });
  handle(request, response);
}

/** Counts the requests in work of each name. Answers what gives the place up early; raises a 503 for one more than `max`. */
export function limitShares(max: number): (name: string, response: ServerResponse) => () => void {
  const counts = new Map<string, number>();
  const count = (name: string, step: number) => {
    const now = (counts.get(name) ?? 0) + step;
    if (now === 0) counts.delete(name);
    else counts.set(name, now);
  };
  return (name, response) => {
    if ((counts.get(name) ?? 0) >= max) throw overloaded("The service is busy");
    count(name, 1);
    const leave = () => {
      response.off("close", leave);
      count(name, -1);
    };
    response.once("close", leave);
    return leave;
  };
}

interface Progress {
  readonly unsent: number;
  readonly since: number;
}

/**
 * Closes a connection whose other side takes nothing of an answer for so long. Node's own time limit begins again while
 * the kernel takes a part of it, and may last twice as long.
 */
export function cutOffStalled(app: FastifyInstance, { stallMs, checkMs }: Record<"stallMs" | "checkMs", number>): void {
  const connections = new Map<Socket, Progress>();
  app.server.on("connection", (socket) => {
    connections.set(socket, { unsent: 0, since: 0 });
    socket.once("close", () => connections.delete(socket));
  });
  const look = () => {
    const now = performance.now();
    for (const [socket, { unsent, since }] of connections) {
      const { writableLength } = socket;
      if (writableLength === 0 || writableLength !== unsent)
        connections.set(socket, { unsent: writableLength, since: now });
      else if (now - since >= stallMs) socket.destroy();
    }
  };
  const timer = setInterval(look, checkMs).unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });
}
