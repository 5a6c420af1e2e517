import { hash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { eventDocumentStyle, renderEventDocument } from "./event-document-page.ts";

/** What the routes of the events' document are built from. */
export interface EventDocumentRoutesSettings {
  /** The AsyncAPI document, as YAML. */
  readonly eventDocument: string;
}

const config = { access: "open" } as const;
const hidden = { config, schema: { hide: true } };

/** Adds the document of the events and its page: open to all, and the page runs no script. */
export function addEventDocumentRoutes(app: FastifyInstance, { eventDocument }: EventDocumentRoutesSettings): void {
  // As bytes that every answer shares.
  const [page, document] = [Buffer.from(renderEventDocument()), Buffer.from(eventDocument)];
  const style = hash("sha256", eventDocumentStyle, "base64");
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  app.get("/docs/asyncapi.yaml", hidden, (_request, reply) =>
    reply.type("application/yaml; charset=utf-8").send(document),
  );
  app.get("/docs/asyncapi", hidden, (_request, reply) =>
    reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(page),
  );
}
