import assert from "node:assert/strict";
import { test } from "node:test";
import { findSearched } from "./searched-path.ts";

const rows = [
  ["X123456", "/console/cases/X123456"],
  [" x123456 ", "/console/cases/X123456"],
  ["a1234bc", "/console/cases/A1234BC"],
  ["X12345", "/console/messages/X12345"],
  ["b3e1-4 7/#1", "/console/messages/b3e1-4%207%2F%231"],
  ["../sign-out", "/console/messages/..%2Fsign-out"],
  ["", "/console/messages"],
  ["   ", "/console/messages"],
] as const;

for (const [typed, path] of rows) {
  test(`a search for “${typed}” leads to ${path}`, () => assert.equal(findSearched(typed), path));
}
