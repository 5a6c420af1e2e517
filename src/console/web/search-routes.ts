import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { guardedBy } from "./page-routes.ts";
import { findSearched } from "./searched-path.ts";

const querySchema = z.object({ q: z.string().max(200).catch("") });

/** Adds where the search box of every page leads. */
export function addSearchRoutes(app: FastifyInstance): void {
  app.get("/console/search", guardedBy(viewers), ({ query }, reply) =>
    reply.redirect(findSearched(querySchema.parse(query).q), 303),
  );
}
