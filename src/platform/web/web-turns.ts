import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

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
