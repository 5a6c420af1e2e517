import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBody, viewChange } from "./message-details-view.ts";

test("the body of an SNS envelope is shown opened, and what is no JSON as it came", () => {
  assert.equal(decodeBody('{"Type":"Notification","Message":"{\\"a\\":1}"}'), '{\n  "a": 1\n}');
  assert.equal(decodeBody('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(decodeBody("not <b>JSON</b>"), "not <b>JSON</b>");
  assert.equal(decodeBody('{"a":2500974056123456789}'), '{\n  "a": 2500974056123456789\n}');
  const deep = "[".repeat(5_000) + "]".repeat(5_000);
  assert.equal(decodeBody(deep), deep);
  const wrapped = JSON.stringify({ Message: deep });
  assert.equal(decodeBody(wrapped), JSON.stringify({ Message: deep }, null, 2));
});

test("a change is shown field by field, with what is the same", () => {
  const change = {
    record: "key date",
    before: { type: "POM1", date: "2026-04-02" },
    after: { type: "POM1", date: "2026-05-02" },
  };
  assert.deepEqual(viewChange(change), {
    record: "handover date",
    kind: "Changed",
    fields: [
      { name: "type", before: "POM1", after: "POM1", isChanged: false },
      { name: "date", before: "2 April 2026", after: "2 May 2026", isChanged: true },
    ],
  });
  assert.equal(viewChange({ ...change, before: null }).kind, "Added");
  assert.equal(viewChange({ ...change, after: null }).kind, "Removed");
  assert.equal(viewChange("odd").fields[0]?.after, '"odd"');
});
