import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeSession } from "./session-faults.ts";

const wanted = { lock_timeout: "5000", search_path: "delius" };

describe("a session", () => {
  it("is fit on PostgreSQL 15 and newer", () => {
    for (const version of [150_000, 150_012, 180_004]) {
      assert.deepEqual(describeSession({ version, settings: wanted }, wanted), []);
    }
  });

  it("is refused on an older one, before anything else", () => {
    const fault = "DATABASE_URL: the server is PostgreSQL 14: 15 or newer is needed.";
    assert.deepEqual(describeSession({ version: 140_019, settings: {} }, wanted), [fault]);
  });

  it("is refused where a pooler dropped what it was set to", () => {
    const [fault = ""] = describeSession({ version: 180_004, settings: { ...wanted, lock_timeout: "0" } }, wanted);
    assert.match(fault, /^DATABASE_URL: .*: lock_timeout \(0 in place of 5000\)\. A connection pooler /);
  });
});
