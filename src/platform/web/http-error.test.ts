import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorBodySchema, toErrorBody, unavailable } from "./http-error.ts";

describe("the body of an error", () => {
  it("says the same to everybody where there is nothing more to say", () => {
    const body = { status: 404, message: "Nobody", userMessage: "Nobody", developerMessage: "Nobody" };
    assert.deepEqual(toErrorBody({ status: 404, message: "Nobody" }), body);
    assert.deepEqual(errorBodySchema.parse(body), body);
  });

  it("says more to an engineer, and which fields are wrong; headers stay outside", () => {
    const fields = [{ field: "identifiers.1", message: "must be text" }];
    const answer = { status: 400, message: "No", developerMessage: "Because", fields, headers: { allow: "GET" } };
    assert.deepEqual(toErrorBody(answer), {
      status: 400,
      message: "No",
      userMessage: "No",
      developerMessage: "Because",
      fields,
    });
  });

  it("of a service that cannot answer comes with the seconds to wait", () => {
    assert.deepEqual(unavailable("Later").answer, { status: 503, message: "Later", headers: { "retry-after": "5" } });
    assert.deepEqual(unavailable("Soon", 1).answer.headers, { "retry-after": "1" });
  });
});
