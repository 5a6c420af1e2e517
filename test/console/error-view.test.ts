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
    assert.equal(viewError({ status: 503, message: "internals" }, { dependency, method: "GET" }).title, title);
  });
}

test('"This address is not a page" is for those who open it, and not for programs with other methods', () => {
  const refused = { status: 405, message: "This address does not take this method" };
  const titleFor = (method: string) => viewError(refused, { dependency: null, method }).title;
  assert.deepEqual([titleFor("GET"), titleFor("DELETE")], ["This address is not a page", refused.message]);
});
