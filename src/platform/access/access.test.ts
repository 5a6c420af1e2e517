import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAllowed, readBearerToken } from "./access.ts";

describe("a bearer token", () => {
  const cases: readonly (readonly [headers: readonly string[], token: string | null])[] = [
    [["Bearer a.b.c"], "a.b.c"],
    [["bearer a.b-_c.d+/~="], "a.b-_c.d+/~="],
    [["BEARER    a.b.c"], "a.b.c"],
    [[], null],
    [[""], null],
    [["Bearer"], null],
    [["Bearer "], null],
    [["Bearera.b.c"], null],
    [["a.b.c"], null],
    [["Basic a.b.c"], null],
    [["Bearer a.b.c d"], null],
    [["Bearer a.b.c,Bearer a.b.c"], null],
    [["Bearer a..c"], null],
    [["Bearer .b.c"], null],
    [["Bearer a.b."], null],
    [["Bearer a.b.c\n"], null],
    [["Bearer é.b.c"], null],
    [["Bearer a.b.c", "Bearer a.b.c"], null],
    [["", "Bearer a.b.c"], null],
  ];
  for (const [headers, token] of cases) {
    it(`in ${JSON.stringify(headers)} is ${token}`, () => assert.equal(readBearerToken(headers), token));
  }

  it("is looked for in no more time when the header is long", () => {
    assert.equal(readBearerToken([`Bearer ${"a.".repeat(100_000)}`]), null);
    assert.equal(readBearerToken([`Bearer ${"=".repeat(100_000)}`]), null);
  });
});

describe("a caller", () => {
  const caller = { client: "mpc", actor: "mpc", authorities: new Set(["ROLE_ONE", "ROLE_TWO"]) };

  it("is allowed with one of the authorities that a route names, and by no part of one", () => {
    assert.deepEqual(
      [["ROLE_TWO", "ROLE_THREE"], ["ROLE_THREE"], ["ROLE_ON"], ["role_one"], []].map((access) =>
        isAllowed(caller, access),
      ),
      [true, false, false, false, false],
    );
  });
});
