import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fastify, type FastifySchema } from "fastify";
import { z } from "zod";
import { addApiDocument } from "./api-document.ts";
import { toJsonSchema } from "./json-schema.ts";

const described = { description: "The answer", ...toJsonSchema(z.object({ level: z.int() })) };

/** Adds a route with this schema to an API that has a document. */
async function addRoute(schema?: FastifySchema): Promise<void> {
  await using app = fastify();
  await addApiDocument(app);
  app.get("/forgotten", schema === undefined ? {} : { schema }, async () => ({ secret: true }));
  await app.ready();
}

describe("a route of the API", () => {
  test("is taken when it describes its answer, or stands in no document", async () => {
    await addRoute({ response: { 200: described } });
    await addRoute({ response: { 200: { content: { "text/plain": { schema: { type: "string" } } } } } });
    await addRoute({ hide: true });
  });

  const undescribed: Readonly<Record<string, FastifySchema | undefined>> = {
    "no schema": undefined,
    "a schema without answers": { summary: "Forgets its answer" },
    "answers for failures alone": { response: { 400: described } },
    "an answer of which only words are said": { response: { 200: { description: "Anything" } } },
    "an answer without a shape": { response: { 200: { content: { "text/plain": {} } } } },
  };
  for (const [what, schema] of Object.entries(undescribed)) {
    test(`keeps the service from starting with ${what}`, async () => {
      await assert.rejects(addRoute(schema), /^Error: The route GET \/forgotten does not describe its answer$/);
    });
  }
});
