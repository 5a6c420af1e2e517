import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LateError } from "../process/work-limits.ts";
import { DependencyError } from "../process/dependency-error.ts";
import { HttpError } from "./http-error.ts";
import { findAnswer, refusal } from "./web-error.ts";

function raised(properties: object): Error {
  return Object.assign(new Error("internals"), properties);
}

describe("what a request raised", () => {
  const answers: readonly (readonly [name: string, error: unknown, status: number | null, message?: string])[] = [
    ["our own refusal", new HttpError({ status: 403, message: "No" }), 403, "No"],
    [
      "a dependency that is down",
      new DependencyError("database", "08006"),
      503,
      "The service cannot answer at the moment",
    ],
    ["a value that the database has not", new DependencyError("database", "22021"), 400, "The request cannot be read"],
    [
      "the same of another dependency",
      new DependencyError("queue", "22021"),
      503,
      "The service cannot answer at the moment",
    ],
    ["work that took too long", new LateError("late"), 503, "The service cannot answer at the moment"],
    ["a refusal of the framework", raised({ statusCode: 413 }), 413, "The request is too large"],
    [
      "a parameter that is too long",
      raised({ statusCode: 404, code: "FST_ERR_MAX_PARAM_LENGTH" }),
      414,
      "The address is too long",
    ],
    ["a refusal that we do not know", raised({ statusCode: 418 }), 400, "The request cannot be read"],
    ["a failure of the framework", raised({ statusCode: 500 }), null],
    ["a success for an error", raised({ statusCode: 200 }), null],
    ["an error", new TypeError("internals"), null],
    ["no error", "internals", null],
    ["nothing", null, null],
  ];
  for (const [name, error, status, message] of answers) {
    it(`is answered by what it is: ${name}`, () => {
      const answer = findAnswer(error);
      assert.deepEqual([answer?.status ?? null, answer?.message], [status, message]);
    });
  }

  it("says to an engineer what is wrong with a body", () => {
    assert.deepEqual(refusal(400, "FST_ERR_CTP_INVALID_JSON_BODY"), {
      status: 400,
      message: "The request cannot be read",
      developerMessage: "The request's body is not valid JSON",
    });
  });
});
