import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ErrorAnswer } from "./http-error.ts";
import { writeRefusal } from "./web-answer.ts";
import { refusal } from "./web-error.ts";
import type { Turns } from "./web-connections.ts";

const statusOfCode: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers bytes that are no request, or that came too slowly; there is no request object to answer on. */
export function answerBrokenRequest(turns: Turns) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    const bytes = "rawPacket" in error && error.rawPacket instanceof Uint8Array ? error.rawPacket : [];
    const isHead = Buffer.from(bytes.slice(0, 5)).toString("latin1") === "HEAD ";
    const answer = refusal(statusOfCode[error.code ?? ""] ?? 400);
    if (turns.isNextAnswer(socket)) writeAnswer(socket, answer, isHead);
    // An answer would be taken for that of a request before it, or come after its own.
    else socket.destroy();
  };
}

/** Takes what Node would refuse without the one error body: tunnels, and expectations other than `100-continue`. */
export function takeOddRequests(server: Server): void {
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => writeAnswer(socket, refusal(400), false));
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) =>
    server.emit("request", request, response),
  );
}

function writeAnswer(socket: Duplex, answer: ErrorAnswer, isHead: boolean): void {
  // A client that is gone already needs no answer.
  socket.on("error", () => undefined);
  if (!socket.writable) return;
  const { headers, body } = writeRefusal(answer);
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.message}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // What still comes of a request that was too slow would be handled as if nothing had been answered.
  const close = () => answer.status === 408 && socket.destroy();
  socket.end(`${lines.join("\r\n")}\r\n\r\n${isHead ? "" : body}`, close);
}
