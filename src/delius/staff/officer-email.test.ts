import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newerEmail } from "./officer.ts";

describe("what is known of an address", () => {
  const older = { address: "old@example.com", readAt: 1 };
  const newer = { address: null, readAt: 2 };

  it("is what was read last, also when that was that there is none", () => {
    assert.equal(newerEmail(older, newer), newer);
    assert.equal(newerEmail(newer, older), newer);
  });

  it("is what one of the two places knows, or nothing", () => {
    assert.equal(newerEmail(null, older), older);
    assert.equal(newerEmail(older, null), older);
    assert.equal(newerEmail(null, null), null);
  });
});
