import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows } from "../support/case-rows.ts";

const officers = Array.from({ length: 250 }, (_, index) => {
  const number = String(index).padStart(3, "0");
  return { code: `N03B${number}`, users: [`BatchUser${number}`] };
});
const cases = Array.from({ length: 500 }, (_, index) => ({
  crn: `B${String(index).padStart(6, "0")}`,
  noms: `B${String(index).padStart(4, "0")}AA`,
  managers: [{ officer: officers[index % officers.length]?.code ?? "" }],
}));
const users = [
  { name: "DanaOkafor", surname: "Okafor", mail: "dana.okafor@example.com" },
  ...officers.flatMap(({ users: [name = ""] }) => ({ name, surname: "Invented", mail: `${name}@example.com` })),
];

const recordSchema = z.looseObject({
  crn: z.string(),
  manager: z.looseObject({ email: z.string().optional() }).optional(),
});
const answerSchema = z.strictObject({
  records: z.array(recordSchema),
  notFound: z.array(z.string()),
  invalid: z.array(z.string()),
  unavailable: z.array(z.string()),
});

const refusal = 'Send {"identifiers": [...]} with 1 to 500 CRNs or NOMS numbers';
const onlyIdentifiers = "must be an object with identifiers and nothing else";

describe("a batch of case records", () => {
  let api: TestApi;
  let now = Date.now();
  before(async () => {
    api = await startApi({
      users,
      clock: () => now,
      prepare: async (database) => {
        const rows = await createCaseRows(database);
        await rows.addOfficers(officers);
        await rows.addCases(cases);
        await rows.addCases([
          { crn: "D000001", noms: "D0001AA" },
          { crn: "D000002", noms: "D0001AA" },
          { crn: "D000003", isDeleted: true },
          { crn: "U000001", noms: "U0001AA", registrations: [{ type: "DASO", date: "2026-01-05" }] },
        ]);
        await database.query(`
          update registration set registration_date = '-infinity'
          where offender_id = (select offender_id from offender where crn = 'U000001')`);
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = async (identifiers: readonly string[]) => {
    const { status, body } = await api.post("/case-records/batch", { identifiers });
    assert.equal(status, 200);
    return answerSchema.parse(body);
  };
  const crnsOf = ({ records }: z.infer<typeof answerSchema>) => records.map(({ crn }) => crn);

  it("reports every identifier in one of four lists, and each record as it is read alone", async () => {
    const asked = ["a1002aa", "nobody", "X100001", "X999999", "D0001AA", "D000003", "", "x100008"];
    const { records, ...others } = await ask(asked);
    const alone = await Promise.all(["X100002", "X100001", "X100008"].map((crn) => api.get(`/case-records/${crn}`)));
    assert.deepEqual(
      records,
      alone.map(({ body }) => body),
    );
    assert.deepEqual(others, { notFound: ["X999999", "D0001AA", "D000003"], invalid: ["nobody", ""], unavailable: [] });
  });

  it("reports a case once, however often and by any number it is asked for", async () => {
    const answer = await ask(["x100001", "X100001", "A1001AA", "a1001aa", "x999999", "X999999", "no", "no"]);
    assert.deepEqual(crnsOf(answer), ["X100001"]);
    assert.deepEqual([answer.notFound, answer.invalid], [["x999999"], ["no"]]);
  });

  it("takes one identifier", async () => {
    assert.deepEqual(crnsOf(await ask(["A1001AA"])), ["X100001"]);
  });

  it("of numbers that no one could have asks the database nothing", async () => {
    api.statements.forget();
    assert.deepEqual(await ask(["nobody"]), { records: [], notFound: [], invalid: ["nobody"], unavailable: [] });
    assert.deepEqual(api.statements.said, []);
  });

  it("of 500 takes one statement, and one search of the directory for each 100 users", async () => {
    api.statements.forget();
    api.operations.forget();
    const answer = await ask(cases.map(({ crn, noms }, index) => (index % 2 === 0 ? crn : noms)));
    assert.deepEqual(
      answer.records.map(({ crn, manager }) => [crn, manager?.email]),
      cases.map(({ crn }, index) => [crn, `BatchUser${String(index % 250).padStart(3, "0")}@example.com`]),
    );
    const reads = api.statements.said.filter((name) => name !== "save-staff-emails");
    assert.deepEqual(reads, ["list-stored-cases"]);
    assert.deepEqual(
      api.operations.said.filter((operation) => operation !== "bind"),
      ["search", "search", "search"],
    );
    assert.equal(api.operations.said.filter((operation) => operation === "bind").length <= 1, true);
  });

  it("lists as unavailable whose manager's address is not known now, and tells the others", async () => {
    await api.database.query("delete from mpc_delius.staff_email where username = 'BatchUser001'");
    await api.restart();
    await api.stopDirectory();
    // What is left in the database counts, though it has expired.
    now += 2 * 3_600_000;
    const answer = await ask(["B0001AA", "B000000", "b000001", "X100008"]);
    assert.deepEqual(crnsOf(answer), ["B000000", "X100008"]);
    assert.equal(answer.records[0]?.manager?.email, "BatchUser000@example.com");
    assert.deepEqual(answer.unavailable, ["B0001AA", "b000001"]);
    await api.startDirectory();
    now += 5_000;
    assert.deepEqual(crnsOf(await ask(["B0001AA"])), ["B000001"]);
  });

  it("lists as unavailable whose case cannot be read, says why in the log, and tells the others", async () => {
    const earlier = api.lines.length;
    const answer = await ask(["u0001aa", ...cases.slice(0, 3).map(({ crn }) => crn), "U000001", "X999999"]);
    assert.deepEqual(crnsOf(answer), ["B000000", "B000001", "B000002"]);
    assert.deepEqual([answer.unavailable, answer.notFound], [["u0001aa", "U000001"], ["X999999"]]);
    const lines = api.lines.slice(earlier);
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /list-stored-cases.*date.*"message":"case cannot be read"/);
  });

  const refused: Readonly<Record<string, readonly [body: unknown, fields: readonly (readonly [string, string])[]]>> = {
    none: [{ identifiers: [] }, [["identifiers", "must name at least one"]]],
    "501": [{ identifiers: Array.from({ length: 501 }, () => "X100001") }, [["identifiers", "must name at most 500"]]],
    "what is not text": [
      { identifiers: ["X100001", 7, null, ["X100001"]] },
      [
        ["identifiers.1", "must be text"],
        ["identifiers.2", "must be text"],
        ["identifiers.3", "must be text"],
      ],
    ],
    "what is no list": [{ identifiers: "X100001" }, [["identifiers", "must be a list"]]],
    "an object in place of a list": [{ identifiers: { 0: "X100001", length: 1 } }, [["identifiers", "must be a list"]]],
    "nothing at all": [{}, [["identifiers", "must be a list"]]],
    "more than it takes": [{ identifiers: ["X100001"], extra: 1 }, [["body", onlyIdentifiers]]],
    "a list in place of an object": [["X100001"], [["body", onlyIdentifiers]]],
    null: [null, [["body", onlyIdentifiers]]],
    text: ['"X100001"', [["body", onlyIdentifiers]]],
    "a huge number": [{ identifiers: [1e308] }, [["identifiers.0", "must be text"]]],
    "deep nesting": [
      `{"identifiers": [${"[".repeat(30_000)}${"]".repeat(30_000)}]}`,
      [["identifiers.0", "must be text"]],
    ],
  };

  for (const [name, [body, fields]] of Object.entries(refused)) {
    it(`of ${name} is refused, and says which field is wrong`, async () => {
      const answer = await api.post("/case-records/batch", body);
      const expected = {
        status: 400,
        message: refusal,
        userMessage: refusal,
        developerMessage: refusal,
        fields: fields.map(([field, message]) => ({ field, message })),
      };
      assert.deepEqual({ status: answer.status, body: answer.body }, { status: 400, body: expected });
    });
  }

  it("that is wrong throughout learns ten of its faults", async () => {
    const { status, body } = await api.post("/case-records/batch", {
      identifiers: Array.from({ length: 499 }, () => 1),
    });
    const { fields } = z.object({ fields: z.array(z.object({ field: z.string() })) }).parse(body);
    assert.deepEqual([status, fields.length], [400, 10]);
  });

  it("is not changed by a prototype or by a key that comes twice", async () => {
    const twice = await api.post("/case-records/batch", '{"identifiers": ["X100002"], "identifiers": ["X100001"]}');
    assert.deepEqual(crnsOf(answerSchema.parse(twice.body)), ["X100001"]);
    const proto = await api.post(
      "/case-records/batch",
      '{"identifiers": ["X100001"], "__proto__": {"identifiers": ["X100002"]}}',
    );
    assert.equal(proto.status, 400);
  });
});
