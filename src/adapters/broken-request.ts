import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ErrorAnswer } from "./http-error.ts";
import { writeRefusal } from "./web-answer.ts";
import { refusal } from "./web-error.ts";

const statusOfCode: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers bytes that are no request, or that came too slowly; there is no request object to answer on. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  const bytes = "rawPacket" in error && error.rawPacket instanceof Uint8Array ? error.rawPacket : [];
  const isHead = Buffer.from(bytes.slice(0, 5)).toString("latin1") === "HEAD ";
  writeAnswer(socket, refusal(statusOfCode[error.code ?? ""] ?? 400), isHead);
}

/** Refuses tunnels, and expectations other than `100-continue`: Node would do so without the one error body. */
export function refuseOddRequests(server: Server): void {
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => writeAnswer(socket, refusal(400), false));
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    const { headers, body } = writeRefusal(refusal(417));
    response.writeHead(417, headers).end(body);
  });
}

function writeAnswer(socket: Duplex, answer: ErrorAnswer, isHead: boolean): void {
  // Whoever is gone already need not be told.
  socket.on("error", () => undefined);
  if (!socket.writable) return;
  const { headers, body } = writeRefusal(answer);
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.message}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
}
