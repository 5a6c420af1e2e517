import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listProperties } from "./event-property.ts";

describe("the properties of a schema", () => {
  it("are listed in their order, with what lies in them", () => {
    const schema = {
      type: "object",
      required: ["type", "list"],
      properties: {
        type: { const: "one" },
        code: { type: ["integer", "null"], description: "A code" },
        list: { type: "array", items: { type: "object", required: ["a"], properties: { a: { enum: ["x", "y"] } } } },
        any: {},
      },
    };
    assert.deepEqual(listProperties(schema), [
      { path: "type", type: '"one"', isRequired: true, description: "" },
      { path: "code", type: "integer or null", isRequired: false, description: "A code" },
      { path: "list", type: "list of object", isRequired: true, description: "" },
      { path: "list[].a", type: '"x" or "y"', isRequired: true, description: "" },
      { path: "any", type: "anything", isRequired: false, description: "" },
    ]);
  });
});
