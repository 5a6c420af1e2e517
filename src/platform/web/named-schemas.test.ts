import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameSchemas } from "./named-schemas.ts";

const one = { type: "object", title: "One", properties: { a: { type: "string" } } };
const documentOf = (...schemas: readonly unknown[]) => ({ info: { title: "One" }, components: { other: {} }, schemas });

describe("a schema with a title", () => {
  it("stands once among the components, without what its place says of it", () => {
    const outer = { type: "object", title: "Outer", properties: { inner: { ...one, description: "here" } } };
    const { title: _one, ...named } = one;
    assert.deepEqual(nameSchemas(documentOf({ ...one, description: "there" }, outer, { type: "string" })), {
      info: { title: "One" },
      components: {
        other: {},
        schemas: {
          One: named,
          Outer: { type: "object", properties: { inner: { $ref: "#/components/schemas/One" } } },
        },
      },
      schemas: [{ $ref: "#/components/schemas/One" }, { $ref: "#/components/schemas/Outer" }, { type: "string" }],
    });
  });

  it("leaves the document as it was", () => {
    const document = documentOf(one);
    nameSchemas(document);
    assert.deepEqual(document, documentOf(one));
  });

  it("is not mistaken for another of the same title", () => {
    const other = { ...one, properties: {} };
    assert.throws(() => nameSchemas(documentOf(one, other)), /^Error: Two schemas are called One\.$/);
  });
});
