import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows, type GivenRegistration } from "../support/case-rows.ts";

const noMappa = notFound("MAPPA details for offender not found");
const noRosh = notFound("RoSH details for offender not found");

function notFound(message: string, developerMessage = message) {
  return { status: 404, message, userMessage: message, developerMessage };
}

/** What is registered, and what the three addresses then tell. Of a record: the fields that are not usual. */
interface Row {
  readonly registrations: readonly GivenRegistration[];
  readonly record?: object;
  readonly mappa?: object;
  readonly rosh?: object;
}

const mappa1 = { type: "MAPP", level: "M1", category: "M2", date: "2026-01-10", review: "2026-07-10" };
const mappa1Told = {
  level: 1,
  levelDescription: "MAPPA Level 1",
  category: 2,
  categoryDescription: "MAPPA Cat 2",
  startDate: "2026-01-10",
  reviewDate: "2026-07-10",
};
const mappa3 = { type: "MAPP", level: "M3", category: "M4" };
const rosh = { type: "RMRH", date: "2026-01-11" };
const knownRosh = { level: "MEDIUM", startDate: "2026-01-11" };
const vlo = { vloAssigned: true };

const table: Readonly<Record<string, Row>> = {
  "nothing registered": { registrations: [] },
  "everything registered": {
    registrations: [mappa1, rosh, { type: "DASO", date: "2026-01-12" }],
    record: { mappaLevel: 1, ...vlo, rosh: knownRosh },
    mappa: mappa1Told,
    rosh: knownRosh,
  },
  "a deleted entry of each kind": { registrations: unusable({ isDeleted: true }) },
  "a de-registered entry of each kind": { registrations: unusable({ isDeregistered: true }) },
  "entries of other types with levels": {
    registrations: [
      { type: "ALT1", level: "M3", category: "M4", date: "2026-02-01" },
      { type: "OTHR", date: "2026-02-02" },
    ],
  },
  "live entries older than deleted, de-registered and other ones": {
    registrations: [
      mappa1,
      rosh,
      { ...mappa3, date: "2026-02-01", isDeleted: true },
      { ...mappa3, date: "2026-02-02", isDeregistered: true },
      { ...mappa3, type: "ALT1", date: "2026-02-03" },
      { type: "RVHR", date: "2026-02-01", isDeleted: true },
      { type: "RVHR", date: "2026-02-02", isDeregistered: true },
    ],
    record: { mappaLevel: 1, rosh: knownRosh },
    mappa: mappa1Told,
    rosh: knownRosh,
  },
  "MAPPA without a level": {
    registrations: [{ type: "MAPP", category: "M1", date: "2026-01-10" }],
    record: { mappaLevel: undefined },
    mappa: { category: 1, categoryDescription: "MAPPA Cat 1", startDate: "2026-01-10" },
  },
  "MAPPA without a level, newer than one with a level": {
    registrations: [mappa1, { type: "MAPP", category: "M4", date: "2026-03-01" }],
    record: { mappaLevel: 1 },
    mappa: mappa1Told,
  },
  "two MAPPA entries without a level": {
    registrations: [
      { type: "MAPP", category: "M4", date: "2026-03-01" },
      { type: "MAPP", category: "M1", date: "2026-01-10" },
    ],
    record: { mappaLevel: undefined },
    mappa: { category: 4, categoryDescription: "MAPPA Cat 4", startDate: "2026-03-01" },
  },
  "MAPPA with a level but no category and no review": {
    registrations: [{ type: "MAPP", level: "M0", date: "2026-01-10" }],
    record: { mappaLevel: 0 },
    mappa: { level: 0, levelDescription: "MAPPA Level 0", startDate: "2026-01-10" },
  },
  "MAPPA of a nominal category": {
    registrations: [{ type: "MAPP", level: "M2", category: "X9", date: "2026-01-10" }],
    record: { mappaLevel: 2 },
    mappa: {
      level: 2,
      levelDescription: "MAPPA Level 2",
      category: 0,
      categoryDescription: "All - Category to be determined",
      startDate: "2026-01-10",
    },
  },
  "MAPPA of codes that are unknown, newer than known ones": {
    registrations: [mappa1, { type: "MAPP", level: "M9", category: "M9", date: "2026-03-01" }],
    record: { mappaLevel: 0 },
    mappa: {
      level: 0,
      levelDescription: "Level 9",
      category: 0,
      categoryDescription: "Category 9",
      startDate: "2026-03-01",
    },
  },
  "MAPPA of codes whose descriptions are not filled in": {
    registrations: [{ type: "MAPP", level: "M8", category: "M8", date: "2026-03-01" }],
    record: { mappaLevel: 0 },
    mappa: { level: 0, category: 0, startDate: "2026-03-01" },
  },
  "two MAPPA entries of one day": {
    registrations: [
      { ...mappa3, date: "2026-01-10", created: "2026-01-10T09:00:00Z" },
      { ...mappa1, created: "2026-01-10T10:00:00Z" },
      { ...mappa3, date: "2026-01-10", created: "2026-01-10T08:00:00Z" },
    ],
    record: { mappaLevel: 1 },
    mappa: mappa1Told,
  },
  "the older MAPPA entry added last": {
    registrations: [
      { ...mappa1, created: "2026-01-10T09:00:00Z" },
      { ...mappa3, date: "2026-01-09", created: "2026-05-01T09:00:00Z" },
    ],
    record: { mappaLevel: 1 },
    mappa: mappa1Told,
  },
  "victim liaison DASO": { registrations: [{ type: "DASO", date: "2026-01-12" }], record: vlo },
  "victim liaison INVI": { registrations: [{ type: "INVI", date: "2026-01-12" }], record: vlo },
  "victim liaison that ended, and one that lives": {
    registrations: [
      { type: "DASO", date: "2026-03-12", isDeregistered: true },
      { type: "INVI", date: "2026-01-12" },
    ],
    record: vlo,
  },
  ...describeLevels({ RLRH: "LOW", RMRH: "MEDIUM", RHRH: "HIGH", RVHR: "VERY_HIGH", RVRH: "VERY_HIGH" }),
  "RoSH of an unknown code": { registrations: [{ type: "RXXH", date: "2026-01-11" }] },
  "RoSH of an unknown code, newer than a known one": {
    registrations: [rosh, { type: "RXXH", date: "2026-01-12" }],
  },
  "RoSH of an unknown code, older than a known one": {
    registrations: [rosh, { type: "RXXH", date: "2026-01-10" }],
    record: { rosh: knownRosh },
    rosh: knownRosh,
  },
  "two RoSH entries of one day": {
    registrations: [
      { ...rosh, created: "2026-01-11T12:00:00Z" },
      { type: "RVHR", date: "2026-01-11", created: "2026-01-11T11:00:00Z" },
    ],
    record: { rosh: knownRosh },
    rosh: knownRosh,
  },
  "a type named like RoSH without the flag": { registrations: [{ type: "RHRX", date: "2026-01-11" }] },
};

function unusable(state: Pick<GivenRegistration, "isDeleted" | "isDeregistered">): readonly GivenRegistration[] {
  return [mappa1, rosh, { type: "DASO", date: "2026-01-12" }, { type: "INVI", date: "2026-01-12" }].map((one) => ({
    ...one,
    ...state,
  }));
}

function describeLevels(levels: Readonly<Record<string, string>>): Readonly<Record<string, Row>> {
  const rows = Object.entries(levels).map(([type, level]) => {
    const told = { level, startDate: "2026-01-11" };
    return [
      `RoSH ${type}`,
      { registrations: [{ type, date: "2026-01-11" }], record: { rosh: told }, rosh: told },
    ] as const;
  });
  return Object.fromEntries(rows);
}

const rows = Object.entries(table).map(([name, row], index) => ({
  name,
  crn: `R${String(index).padStart(6, "0")}`,
  ...row,
}));

describe("the register", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      prepare: async (database) => {
        await database.query("alter table r_standard_reference_list alter column code_description drop not null");
        await database.query(`
          insert into r_standard_reference_list
          select 9000 + row_number() over (), code, description, reference_data_master_id, null, 'Y'
          from r_reference_data_master, (values ('M8', null), ('M9', '9')) as added (code, number),
            lateral (select initcap(split_part(code_set_name, ' ', 2)) || ' ' || number as description) told
          where code_set_name in ('REGISTER LEVEL', 'REGISTER CATEGORY')`);
        const given = await createCaseRows(database);
        await given.addRegisterType("RVRH", true);
        await given.addRegisterType("RXXH", true);
        await given.addRegisterType("RHRX", false);
        await given.addRegisterType("OTHR", false);
        await given.addCases([...rows, { crn: "R900000", isDeleted: true, registrations: [mappa1, rosh] }]);
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const { name, crn, record, mappa = noMappa, rosh: told = noRosh } of rows) {
    it(`with ${name} is told alike by the record and by both risks`, async () => {
      const paths = [`/case-records/${crn}`, `/case-records/${crn}/risks/mappa`, `/case-records/${crn}/risks/rosh`];
      const answers = await Promise.all(paths.map((path) => api.get(path)));
      const usual = { crn, mappaLevel: 0, vloAssigned: false };
      assert.deepEqual(
        answers.map(({ body }) => body),
        [withoutUndefined({ ...usual, ...record }), mappa, told],
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, mappa === noMappa ? 404 : 200, told === noRosh ? 404 : 200],
      );
    });
  }

  for (const [risk, path] of [
    ["MAPPA", "mappa"],
    ["RoSH", "rosh"],
  ] as const) {
    it(`of no one, or of a soft-deleted person, has no ${risk} details, in the words of the contract`, async () => {
      const unknown = await api.get(`/case-records/x999999/risks/${path}`);
      const deleted = await api.get(`/case-records/R900000/risks/${path}`);
      const why = "No undeleted case has this CRN";
      assert.deepEqual(
        [unknown.body, deleted.body],
        [notFound("Person with crn of X999999 not found", why), notFound("Person with crn of R900000 not found", why)],
      );
    });

    it(`is asked for its ${risk} details by CRN only, in any letter case`, async () => {
      const asked = ["x100010", "%20X100010", "A1010AA", "nobody"].map((text) => `/case-records/${text}/risks/${path}`);
      const answers = await Promise.all(asked.map((one) => api.get(one)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 400, 400],
      );
      const message = "This is not a CRN";
      const refusal = { status: 400, message, userMessage: message, developerMessage: "A CRN looks like X123456" };
      assert.deepEqual(answers[2]?.body, refusal);
    });

    it(`takes one statement to read its ${risk} details`, async () => {
      api.statements.forget();
      await api.get(`/case-records/X100010/risks/${path}`);
      assert.deepEqual(api.statements.said, ["list-registrations"]);
    });
  }

  it("with a RoSH type that is unknown is reported in the log without saying whose it is", async () => {
    const unknown = rows.find(({ name }) => name === "RoSH of an unknown code");
    const crn = unknown?.crn ?? "";
    const paths = [`/case-records/${crn}`, `/case-records/${crn}/risks/rosh`];
    const from = api.lines.length;
    await Promise.all(paths.map((path) => api.get(path)));
    await api.post("/case-records/batch", { identifiers: [crn] });
    const line = JSON.stringify({ registerType: "RXXH", message: "risk registration of unknown type" });
    assert.deepEqual(api.lines.slice(from), [line, line, line]);
  });
});

function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
