import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { explanationSchema } from "../../src/operations/explanation/explanation-schema.ts";
import { startOtherServer } from "../support/other-server.ts";
import { readTable } from "../support/test-database.ts";
import { startExplainedCases, type ExplainedCases } from "./explanation-fixture.ts";

const unanswered = { status: 503, body: "{}" };
const tables = z.array(z.object({ name: z.string() }));

describe("the explanation of a case", () => {
  let cases: ExplainedCases;
  before(async () => {
    cases = await startExplainedCases();
  });
  after(() => cases[Symbol.asyncDispose]());

  const explain = async (whom: string) => {
    const { status, body } = await cases.ask(whom);
    assert.equal(status, 200, JSON.stringify(body));
    return explanationSchema.parse(body);
  };
  const outcomesOf = ({ messages }: z.infer<typeof explanationSchema>) =>
    messages.map(({ decisions }) => decisions.map(({ outcome }) => outcome).join());
  const snapshot = async () => {
    const { database } = cases.service;
    const names = await database.query(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema in ('public', 'mpc_delius') order by 1`,
    );
    const sequences = await database.query(
      "select sequencename, last_value from pg_sequences where schemaname in ('public', 'mpc_delius') order by 1",
    );
    const rows: unknown[] = [sequences];
    for (const { name } of tables.parse(names)) rows.push(name, await readTable(database, name, "told::text"));
    return rows;
  };

  it("shows how the case stands and every message, newest first", async () => {
    const { poms, com, responsibleOfficers, custodies, waiting, quarantined, ...told } = await explain("A1001AA");
    assert.deepEqual(
      poms.map(({ standing, officer }) => [standing, officer.code]),
      [["current", "N03B001"]],
    );
    assert.equal(com?.officer?.code, "N03C001");
    assert.deepEqual(
      responsibleOfficers.map(({ standing, office, officer }) => [standing, office, officer?.code]),
      [["current", "COM", "N03C001"]],
    );
    assert.deepEqual(
      custodies.map(({ custodyId, keyDates }) => [custodyId, ...keyDates.map(({ type, date }) => `${type} ${date}`)]),
      [[10, "POM1 2027-01-04", "POM2 2027-03-01"]],
    );
    assert.deepEqual(waiting, []);
    assert.deepEqual(
      quarantined.map(({ reason, state }) => [reason, state]),
      [["UnknownPrison", "held"]],
    );
    const explained = { poms, responsibleOfficers, custodies, waiting, quarantined, ...told };
    assert.deepEqual(outcomesOf(explained), ["UnknownPrison", "KeyDateCreated", "PomAllocated"]);
    assert.deepEqual(
      told.messages.map(({ attempts }) => attempts.map(({ errorClass }) => errorClass)),
      [[], ["HTTP 500"], []],
    );
  });

  it("names the message behind each officer and date, and says where none is known", async () => {
    const { poms, coms, responsibleOfficers, custodies, messages, timeline } = await explain("A1001AA");
    const [, handover, allocation] = messages.map(({ inboxKey }) => inboxKey);
    assert.deepEqual(
      poms.map(({ origin }) => [origin.isService, origin.inboxKey]),
      [[true, allocation]],
    );
    assert.deepEqual(
      custodies.flatMap(({ keyDates }) => keyDates.map(({ origin }) => origin.inboxKey)),
      [handover, handover],
    );
    // Seeded as the Delius user of this service, by no message.
    assert.deepEqual(
      responsibleOfficers.map(({ origin }) => [origin.isService, origin.inboxKey]),
      [[true, undefined]],
    );
    assert.deepEqual(
      coms.map(({ standing, officer, end }) => [standing, officer?.code, end]),
      [["current", "N03C001", undefined]],
    );
    assert.deepEqual(
      timeline.map(({ inboxKey, outcomeClass }) => [inboxKey, outcomeClass]),
      messages.map(({ inboxKey, decisions }) => [inboxKey, decisions[0]?.outcomeClass]),
    );
    const { messages: behind } = await explain(`A1001AA?before=${timeline[1]?.before}`);
    assert.deepEqual(
      behind.map(({ inboxKey }) => inboxKey),
      [handover, allocation],
    );
  });

  it("says what would happen now, also of what was never announced", async () => {
    const { present } = await explain("A1002AA");
    assert.deepEqual(
      present.facts?.map(({ fact, outcome }) => [fact, outcome]),
      [
        ["handover", "NoKeyDateChange"],
        ["allocation", "PomDeallocated"],
      ],
    );
  });

  it("says what a case waits for", async () => {
    const { waiting } = await explain("A1005AA");
    assert.deepEqual(
      waiting.map(({ fact, waitsFor }) => [fact, waitsFor]),
      [["handover", "sentence change"]],
    );
  });

  it("is the same for the CRN and the NOMS number, in any letter case", async () => {
    const [byNoms, byCrn] = [await explain("a1001aa"), await explain("x100001")];
    assert.deepEqual({ ...byNoms, at: null }, { ...byCrn, at: null });
  });

  it("writes nothing, not even a number taken", async () => {
    const earlier = await snapshot();
    for (const whom of ["A1001AA", "A1002AA", "A1005AA", "X100007", "Z9999ZZ", "A1012AA"]) await explain(whom);
    assert.deepEqual(await snapshot(), earlier);
  });

  it("comes in pages", async () => {
    const first = await explain("A1001AA?size=2");
    assert.deepEqual(outcomesOf(first), ["UnknownPrison", "KeyDateCreated"]);
    const second = await explain(`A1001AA?size=2&before=${first.next}`);
    assert.deepEqual([outcomesOf(second), second.next], [["PomAllocated"], undefined]);
  });

  it("reports all but what would happen now while Manage POM Cases is down", async () => {
    const { mpc } = cases.service;
    mpc.answerWith("/api/handovers/A1001AA", unanswered);
    const explained = await explain("A1001AA");
    mpc.answerWith("/api/handovers/A1001AA", null);
    const message = "Manage POM Cases cannot be asked at the moment";
    assert.deepEqual(explained.present, { result: "not known", message });
    assert.equal(explained.messages.length, 3);
  });

  it("blames HMPPS Auth while that gives no token, or does not answer", async () => {
    await using closed = await startOtherServer();
    await closed[Symbol.asyncDispose]();
    await using silent = await startOtherServer(() => undefined);
    const told = [closed, silent].map(async ({ origin }) => {
      await using other = await cases.service.startAnother({
        CONSUMER_ENABLED: "false",
        AUTH_TOKEN_URL: `${origin}/token`,
      });
      return explanationSchema.parse((await cases.ask("A1001AA", undefined, other.address)).body).present;
    });
    const message = "HMPPS Auth gives no token at the moment, so Manage POM Cases cannot be asked";
    for (const present of await Promise.all(told)) assert.deepEqual(present, { result: "not known", message });
  });

  it("blames the database for what only a preview reads of it", async () => {
    const { database } = cases.service;
    await using held = await database.hold("lock table staff_team");
    const { present } = await explain("A1001AA");
    await held.rollback();
    assert.deepEqual(present, { result: "not known", message: "The database cannot be read at the moment" });
  });

  it("says so where there is no NOMS number to ask with", async () => {
    const { present, nomsNumber } = await explain("X100007");
    const message = "No NOMS number is known for the case, so Manage POM Cases cannot be asked about it";
    assert.deepEqual([nomsNumber, present], [undefined, { result: "not known", message }]);
  });

  it("says the same on an instance that receives nothing", async () => {
    await using silent = await cases.service.startAnother({ CONSUMER_ENABLED: "false" });
    const { body } = await cases.ask("A1001AA", undefined, silent.address);
    const { present } = explanationSchema.parse(body);
    assert.deepEqual(present, (await explain("A1001AA")).present);
  });

  for (const [whom, status, message] of [
    ["X999999", 404, "Person with crn of X999999 not found"],
    ["z9998zz", 404, "Person with nomsId of Z9998ZZ not found"],
    ["nobody", 400, "This is neither a CRN nor a NOMS number"],
    ["A1001AA?size=201", 400, "The query is not valid"],
    ["A1001AA?before=yesterday", 400, "The query is not valid"],
    ["A1001AA?colour=red", 400, "The query is not valid"],
  ] as const) {
    it(`is refused for ${whom}`, async () => {
      const answer = await cases.ask(whom);
      const body = z.looseObject({ message: z.string() }).parse(answer.body);
      assert.deepEqual([answer.status, body.message], [status, message]);
    });
  }

  it("tells of someone whom Delius does not have what came and what it waits for", async () => {
    const { crn, nomsNumber, inDelius, poms, custodies, waiting, messages, present } = await explain("z9999zz");
    assert.deepEqual([inDelius, crn, nomsNumber, poms, custodies], ["absent", undefined, "Z9999ZZ", [], []]);
    assert.deepEqual(
      waiting.map(({ fact, waitsFor }) => [fact, waitsFor]),
      [["handover", "prison identifier"]],
    );
    assert.deepEqual(
      messages.map(({ decisions }) => decisions.map(({ outcome }) => outcome)),
      [["PersonNotFound"]],
    );
    assert.equal(present.result, "decided");
  });

  it("describes a deleted case, by either number", async () => {
    for (const whom of ["A1012AA", "X100012"]) {
      const { inDelius, cases: known, waiting, messages } = await explain(whom);
      assert.deepEqual([inDelius, known], ["deleted", [{ crn: "X100012", isDeleted: true }]]);
      assert.deepEqual([waiting.length, messages.length], [1, 1]);
    }
  });

  it("describes a CRN that Delius does not have, where a message named it", async () => {
    const { inDelius, crn, present, messages } = await explain("X999998");
    assert.deepEqual([inDelius, crn, present.result], ["absent", "X999998", "not known"]);
    assert.deepEqual(
      messages.map(({ eventType }) => eventType),
      ["SENTENCE_CHANGED"],
    );
  });

  it("describes a number that two cases share", async () => {
    const { database } = cases.service;
    await database.query("update offender set noms_number = 'A1005AA' where crn = 'X100004'");
    const { inDelius, cases: known, present } = await explain("A1005AA");
    await database.query("update offender set noms_number = 'A1004AA' where crn = 'X100004'");
    const both = ["X100004", "X100005"].map((crn) => ({ crn, isDeleted: false }));
    assert.deepEqual([inDelius, known], ["ambiguous", both]);
    assert.deepEqual(new Set(present.facts?.map(({ outcome }) => outcome)), new Set(["AmbiguousPerson"]));
  });

  it("is for those who may view or operate", async () => {
    const statuses = new Map<string, number>();
    for (const role of [
      "ROLE_MPC_DELIUS_VIEW",
      "ROLE_MPC_DELIUS_OPERATE",
      "ROLE_QUEUE_ADMIN",
      "ROLE_MANAGE_POM_CASES",
    ]) {
      statuses.set(role, (await cases.ask("A1001AA", role)).status);
    }
    assert.deepEqual([...statuses.values()], [200, 200, 403, 403]);
  });
});
