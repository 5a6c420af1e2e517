import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

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
