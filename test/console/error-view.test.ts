import assert from "node:assert/strict";
import { test } from "node:test";
import { viewError } from "../../src/console/web/error-view.ts";

const titles = [
  ["database", "The Delius database cannot be reached"],
  ["queue", "The queue cannot be reached"],
  [null, "This page is not available at the moment"],
] as const;

for (const [dependency, title] of titles) {
  test(`"${title}" is what a page says while ${dependency ?? "something else"} is down`, () => {
    assert.equal(viewError({ status: 503, message: "internals" }, dependency).title, title);
  });
}
