import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows } from "../support/case-rows.ts";

const leeds = {
  code: "N03CMT",
  description: "Leeds Community Team",
  localDeliveryUnit: { code: "N03LDU1", description: "Leeds North" },
};
const moorland = {
  code: "N07CMT",
  description: "Moorland Community Team",
  localDeliveryUnit: { code: "N07LDU1", description: "Moorland North" },
};
const wakefield = {
  code: "N02CMT",
  description: "Wakefield Community Team",
  localDeliveryUnit: { code: "N02LDU1", description: "Wakefield North" },
};
const dana = {
  team: leeds,
  code: "N03C001",
  name: { forename: "Dana", surname: "Okafor" },
  email: "dana.okafor@example.com",
};
const mikael = { team: moorland, code: "N07C001", name: { forename: "Mikael", surname: "Dubois" } };
const priya = { team: wakefield, code: "N02C001", name: { forename: "Priya", surname: "Raman" } };

const people: Readonly<Record<string, object>> = {
  X100001: {
    nomsId: "A1001AA",
    currentTier: "B2",
    resourcing: "NORMAL",
    manager: dana,
    mappaLevel: 2,
    vloAssigned: false,
    rosh: { level: "HIGH", startDate: "2026-01-09" },
  },
  X100002: { nomsId: "A1002AA", currentTier: "C3", manager: dana, mappaLevel: 0, vloAssigned: false },
  X100003: { nomsId: "A1003AA", manager: mikael, mappaLevel: 0, vloAssigned: false },
  X100004: { nomsId: "A1004AA", manager: mikael, mappaLevel: 0, vloAssigned: false },
  X100005: { nomsId: "A1005AA", manager: priya, mappaLevel: 0, vloAssigned: false },
  X100006: { nomsId: "A1006AA", manager: dana, mappaLevel: 0, vloAssigned: false },
  X100007: { manager: dana, mappaLevel: 0, vloAssigned: false },
  X100008: {
    nomsId: "A1008AA",
    manager: {
      team: {
        code: "N03ALL",
        description: "Leeds Unallocated Team",
        localDeliveryUnit: { code: "N03LDU1", description: "Leeds North" },
      },
    },
    mappaLevel: 0,
    vloAssigned: false,
  },
  X100009: { nomsId: "A1009AA", vloAssigned: true },
  X100010: {
    nomsId: "A1010AA",
    manager: dana,
    mappaLevel: 1,
    vloAssigned: false,
    rosh: { level: "MEDIUM", startDate: "2026-01-11" },
  },
};

const neither = {
  status: 400,
  message: "This is neither a CRN nor a NOMS number",
  userMessage: "This is neither a CRN nor a NOMS number",
  developerMessage: "A CRN looks like X123456, a NOMS number like A1234BC",
};

function notFound(message: string, developerMessage: string) {
  return { status: 404, message, userMessage: message, developerMessage };
}

describe("the case record", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      prepare: async (database) => {
        const rows = await createCaseRows(database);
        await rows.addCases([
          { crn: "D000001", noms: "D0001AA" },
          { crn: "D000002", noms: "D0001AA" },
          { crn: "D000003", noms: "D0003AA" },
          { crn: "D000004", noms: "D0003AA", isDeleted: true },
        ]);
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const [crn, expected] of Object.entries(people)) {
    it(`of ${crn} tells all that Delius knows, and nothing else`, async () => {
      const { status, body } = await api.get(`/case-records/${crn}`);
      assert.deepEqual({ status, body }, { status: 200, body: { crn, ...expected } });
    });
  }

  it("is the same by NOMS number as by CRN, in any letter case", async () => {
    const identifiers = ["X100001", "x100001", "A1001AA", "a1001aa", "a1001AA", "%20X100001%20"];
    const answers = await Promise.all(identifiers.map((identifier) => api.get(`/case-records/${identifier}`)));
    assert.deepEqual([...new Set(answers.map(({ text }) => text))], [answers[0]?.text]);
  });

  it("is not kept by anybody on the way, and says that it is JSON", async () => {
    const { headers } = await api.get("/case-records/X100001");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("content-type"), "application/json; charset=utf-8");
  });

  it("of no one is not found, in the words of the contract", async () => {
    const answers = await Promise.all(
      ["x999999", "a9999zz"].map((identifier) => api.get(`/case-records/${identifier}`)),
    );
    assert.deepEqual(
      answers.map(({ body }) => body),
      [
        notFound("Person with crn of X999999 not found", "No undeleted case has this CRN"),
        notFound("Person with nomsId of A9999ZZ not found", "No undeleted case has this NOMS number"),
      ],
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404],
    );
  });

  it("of a soft-deleted person does not exist, by either number", async () => {
    const answers = await Promise.all(
      ["X100012", "A1012AA"].map((identifier) => api.get(`/case-records/${identifier}`)),
    );
    assert.deepEqual(
      answers.map(({ body }) => body),
      [
        notFound("Person with crn of X100012 not found", "No undeleted case has this CRN"),
        notFound("Person with nomsId of A1012AA not found", "No undeleted case has this NOMS number"),
      ],
    );
  });

  it("is not told by a NOMS number that two undeleted cases share, and is by the CRN of each", async () => {
    const { status, body } = await api.get("/case-records/d0001aa");
    const message = "More than one person with nomsId of D0001AA";
    assert.deepEqual({ status, body }, { status: 404, body: notFound(message, message) });
    const each = await Promise.all(["D000001", "D000002"].map((crn) => api.get(`/case-records/${crn}`)));
    assert.deepEqual(
      each.map((answer) => answer.body),
      ["D000001", "D000002"].map((crn) => ({ crn, nomsId: "D0001AA", mappaLevel: 0, vloAssigned: false })),
    );
  });

  it("is read by a NOMS number that a soft-deleted case shares", async () => {
    const { body } = await api.get("/case-records/D0003AA");
    assert.deepEqual(body, { crn: "D000003", nomsId: "D0003AA", mappaLevel: 0, vloAssigned: false });
  });

  for (const text of [
    "nobody",
    "X10000",
    "X1000011",
    "1000001",
    "A1234B",
    "A1234BCD",
    "A1234ß",
    "ı100001",
    "X10000１",
  ]) {
    it(`is refused for ${text}, which is neither a CRN nor a NOMS number`, async () => {
      const { status, body } = await api.get(`/case-records/${encodeURIComponent(text)}`);
      assert.deepEqual({ status, body }, { status: 400, body: neither });
    });
  }

  it("takes one statement to read, no matter what is asked", async () => {
    for (const identifier of ["X100001", "A1001AA", "X999999", "D0001AA"]) {
      api.statements.forget();
      await api.get(`/case-records/${identifier}`);
      assert.deepEqual(api.statements.said, ["list-stored-cases"], identifier);
    }
  });

  it("leaves no personal data in the log", async () => {
    await Promise.all(Object.keys(people).map((crn) => api.get(`/case-records/${crn}`)));
    assert.doesNotMatch(api.lines.join("\n"), /X1000|A10\d\d|Okafor|Dubois|example\.com/);
  });
});
