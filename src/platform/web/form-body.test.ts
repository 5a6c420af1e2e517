import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fastify } from "fastify";
import fc from "fast-check";
import { readStrictForms } from "./form-body.ts";
import { HttpError } from "./http-error.ts";

async function read(payload: string | Buffer): Promise<{ readonly status: number; readonly fields: unknown }> {
  await using app = fastify();
  readStrictForms(app);
  app.setErrorHandler((error, _request, reply) =>
    reply.code(error instanceof HttpError ? error.answer.status : 500).send({}),
  );
  app.post("/", async ({ body }) => body);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { statusCode: status, body } = await app.inject({ method: "POST", url: "/", headers, payload });
  return { status, fields: JSON.parse(body) };
}

describe("a form", () => {
  const table = [
    { what: "with a space and signs", text: "reason=R%26D+and%20more%3D", fields: { reason: "R&D and more=" } },
    { what: "with a field that comes twice", text: "key=a&key=b&one=c", fields: { key: ["a", "b"], one: "c" } },
    { what: "with a value that holds =", text: "a=b=c", fields: { a: "b=c" } },
    { what: "with a field without a value", text: "a&b=", fields: { a: "", b: "" } },
    { what: "without a field", text: "&", fields: {} },
  ];
  for (const { what, text, fields } of table) {
    it(`${what} is read`, async () => assert.deepEqual(await read(text), { status: 200, fields }));
  }

  it("is read as browsers write it", async () => {
    const entries = fc.dictionary(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "grapheme" }));
    await fc.assert(
      fc.asyncProperty(entries, async (fields) => {
        const given = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "__proto__"));
        assert.deepEqual(await read(new URLSearchParams(given).toString()), { status: 200, fields: given });
      }),
      { numRuns: 30 },
    );
  });

  for (const [what, text] of Object.entries({
    "a byte that is no UTF-8": Buffer.from([0x61, 0x3d, 0xff]),
    "such a byte, percent-encoded": "a=%FF",
    "a percent sign alone": "a=100%",
  })) {
    it(`with ${what} is refused`, async () => assert.equal((await read(text)).status, 400));
  }
});
