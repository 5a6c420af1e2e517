import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeOutcomes, describeRefresh } from "./refresh-text.ts";

const run = {
  refreshRun: "2026-04-02-1",
  dryRun: true,
  sent: 1,
  unsettled: 0,
  outcomes: { KeyDateUpdated: 1, NoPomChange: 1 },
};

describe("what a refresh came to", () => {
  it("is never to be taken for a write where it is a dry run", () => {
    const text = describeRefresh(run);
    assert.match(text, /^Dry run 2026-04-02-1: 1 case compared, nothing was written\. With --apply it is\.\n/);
    assert.match(text, /^ {2}would be KeyDateUpdated +1$/m);
    assert.match(text, /^ {2}NoPomChange +1$/m);
    assert.equal(
      describeOutcomes(["KeyDateUpdated", "NoPomChange"], true),
      "compared, nothing written: would be KeyDateUpdated, NoPomChange",
    );
  });

  it("is what was written otherwise", () => {
    const text = describeRefresh({ ...run, dryRun: false, sent: 2 });
    assert.match(text, /^Run 2026-04-02-1: 2 cases refreshed\.\n {2}KeyDateUpdated +1$/m);
    assert.equal(describeOutcomes(["KeyDateUpdated"], false), "refreshed: KeyDateUpdated");
  });

  it("says what was not settled, and when there was nothing to do", () => {
    assert.match(describeRefresh({ ...run, unsettled: 3 }), /^Not settled in time: 3 messages, with keys /m);
    assert.match(describeRefresh({ ...run, sent: 0, outcomes: {} }), /^No case was chosen/m);
  });
});
