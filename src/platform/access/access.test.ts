import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowed } from "./access.ts";

test("a caller is allowed with one of the authorities that a route names, and by no part of one", () => {
  const caller = { authorities: new Set(["ROLE_ONE", "ROLE_TWO"]) };
  assert.deepEqual(
    [["ROLE_TWO", "ROLE_THREE"], ["ROLE_THREE"], ["ROLE_ON"], ["role_one"], []].map((access) =>
      isAllowed(caller, access),
    ),
    [true, false, false, false, false],
  );
});
