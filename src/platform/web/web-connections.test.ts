import { test } from "node:test";
import { fastify } from "fastify";
import { connectTo, writeRequest } from "../../../test/support/raw-http.ts";
import { cutOffStalled } from "./web-connections.ts";

test("a connection whose other side does not read is closed, although the kernel has taken a part of its answer", async () => {
  const closed = Promise.withResolvers<void>();
  const app = fastify();
  cutOffStalled(app, { stallMs: 200, checkMs: 20 });
  app.get("/large", (_request, reply) => {
    reply.raw.once("close", () => closed.resolve());
    return reply.send(Buffer.alloc(32 * 1024 * 1024));
  });
  const socket = connectTo(await app.listen({ port: 0, host: "127.0.0.1" })).pause();
  socket.write(writeRequest("GET /large"));
  await closed.promise;
  socket.destroy();
  await app.close();
});
