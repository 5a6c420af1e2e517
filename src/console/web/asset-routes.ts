import type { FastifyInstance } from "fastify";
import type { Assets } from "./assets.ts";
import { takesGzip } from "./takes-gzip.ts";

const aYear = "public, max-age=31536000, immutable";

/** Adds the files that pages refer to. Their address changes with their content. */
export function addAssetRoutes(app: FastifyInstance, { path, files }: Assets): void {
  for (const [name, { type, plain, compressed }] of files) {
    app.get(`${path}/${name}`, { config: { access: "open" }, schema: { hide: true } }, (request, reply) => {
      reply.headers({ "cache-control": aYear, "content-type": type, vary: "accept-encoding" });
      return takesGzip(request.headers["accept-encoding"])
        ? reply.header("content-encoding", "gzip").send(compressed)
        : reply.send(plain);
    });
  }
}
