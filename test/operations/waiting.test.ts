import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { z } from "zod";
import { lockIdentifiers } from "../../src/sync/pipeline/lookup-store.ts";
import { waitingCaseSchema } from "../../src/operations/waiting/waiting-schema.ts";
import { neverAborted } from "../support/test-database.ts";
import { startOperations, type Operations } from "./operations-fixture.ts";
import { forgetRows, letWait, listRecorded } from "./stored-rows.ts";

const path = "/operations/waiting";
const pageSchema = z.object({
  cases: z.array(z.object({ nomsNumber: z.string(), fact: z.string() })),
  next: z.string().optional(),
});

describe("cases that wait", () => {
  let operations: Operations;
  before(async () => {
    operations = await startOperations();
  });
  afterEach(() => forgetRows(operations.database));
  after(() => operations[Symbol.asyncDispose]());

  const get = async (query: string) => {
    const { status, body, text } = await operations.ask(`GET ${path}${query}`);
    assert.equal(status, 200, text);
    return body;
  };
  const page = async (query: string) => {
    const { cases, next } = pageSchema.parse(await get(`/cases${query}`));
    return { found: cases.map(({ nomsNumber, fact }) => `${nomsNumber} ${fact}`), next };
  };
  const dismiss = (body: unknown) => operations.ask(`POST ${path}/dismiss`, { body });

  const fill = async () => {
    const { database } = operations;
    await letWait(database, { noms_number: "A0001AA", since: "2026-04-01T00:00:00Z" });
    await letWait(database, { noms_number: "A0002AA" });
    await letWait(database, { noms_number: "A0002AA", fact: "allocation" });
    await letWait(database, { noms_number: "A0003AA", outcome: "MultipleActiveCustodialSentences" });
    const unlinked = { outcome: "PersonNotFound", waits_for: "prison identifier" };
    await letWait(database, { noms_number: "A0004AA", since: "2026-04-05T00:00:00Z", ...unlinked });
  };

  it("are grouped by what they wait for and why", async () => {
    await fill();
    const seen = "2026-04-02T10:30:01.102+00:00";
    const first = "2026-04-01T00:00:00+00:00";
    const last = "2026-04-05T00:00:00+00:00";
    const sentence = "sentence change";
    assert.deepEqual(await get(""), {
      groups: [
        { waitsFor: "prison identifier", outcome: "PersonNotFound", cases: 1, oldest: last, newest: last },
        { waitsFor: sentence, outcome: "MultipleActiveCustodialSentences", cases: 1, oldest: seen, newest: seen },
        { waitsFor: sentence, outcome: "NoActiveCustodialSentence", cases: 3, oldest: first, newest: seen },
      ],
    });
  });

  it("are listed by what they wait for, newest first, page by page", async () => {
    await fill();
    const all = ["A0004AA handover", "A0003AA handover", "A0002AA handover", "A0002AA allocation", "A0001AA handover"];
    assert.deepEqual((await page("")).found, all);
    assert.deepEqual((await page("?waitsFor=prison%20identifier")).found, all.slice(0, 1));
    assert.deepEqual((await page("?waitsFor=sentence+change")).found, all.slice(1));
    const read: string[] = [];
    let query = "?size=1";
    for (let pages = 0; pages < all.length; pages += 1) {
      const { found, next } = await page(query);
      read.push(...found);
      query = `?size=1&before=${next}`;
    }
    assert.deepEqual(read, all);
    assert.equal(query, "?size=1&before=undefined");
  });

  it("are answered whole", async () => {
    await letWait(operations.database, {});
    assert.deepEqual(await get("/cases"), {
      cases: [
        {
          nomsNumber: "A1001AA",
          fact: "handover",
          outcome: "NoActiveCustodialSentence",
          waitsFor: "sentence change",
          inboxKey: "key",
          since: "2026-04-02T10:30:01.102+00:00",
          isNumberInDelius: true,
        },
      ],
    });
  });

  it("say when no case in Delius has their number any more", async () => {
    const { database } = operations;
    await letWait(database, { noms_number: "A1006AA", since: "2026-07-14T10:00:00Z" });
    await database.query("update offender set noms_number = 'A8888AA' where crn = 'X100006'");
    await letWait(database, { noms_number: "A8888AA", since: "2026-07-15T10:00:00Z" });
    const told = z.object({ cases: z.array(waitingCaseSchema) }).parse(await get("/cases"));
    assert.deepEqual(
      told.cases.map(({ nomsNumber, isNumberInDelius }) => [nomsNumber, isNumberInDelius]),
      [
        ["A8888AA", true],
        ["A1006AA", false],
      ],
    );
  });

  it("are dismissed one by one with a reason, which is recorded", async () => {
    await fill();
    const dismissal = { nomsNumber: "A0002AA", fact: "handover", reason: "closed" };
    const { status, body } = await dismiss(dismissal);
    const told = {
      nomsNumber: "A0002AA",
      fact: "handover",
      outcome: "NoActiveCustodialSentence",
      waitsFor: "sentence change",
    };
    assert.deepEqual([status, body], [200, told]);
    assert.equal((await page("")).found.length, 4);
    assert.deepEqual(await listRecorded(operations.database), [
      { actor: "A_PERSON", action: "dismiss", reason: "closed", subject: told },
    ]);
    const again = await dismiss(dismissal);
    assert.equal(again.status, 404);
    assert.match(again.text, /"message":"Nothing waits for handover of nomsId A0002AA"/);
    assert.equal((await listRecorded(operations.database)).length, 1);
  });

  it("are dismissed behind a message about the same number that is under way", async () => {
    await letWait(operations.database, { noms_number: "A0001AA" });
    const gate = Promise.withResolvers<null>();
    const locked = Promise.withResolvers<null>();
    const message = operations.store.transaction(async (tx) => {
      await lockIdentifiers(tx, ["A0001AA"]);
      locked.resolve(null);
      return { commit: true, value: await gate.promise };
    }, neverAborted());
    await locked.promise;
    const dismissal = dismiss({ nomsNumber: "A0001AA", fact: "handover", reason: "closed" });
    await untilSomebodyWaits(operations);
    gate.resolve(null);
    await message;
    assert.equal((await dismissal).status, 200);
  });

  const faulty: readonly (readonly [body: unknown, field: string])[] = [
    [{ nomsNumber: "A0001AA", fact: "handover" }, "reason"],
    [{ nomsNumber: "a0001aa", fact: "handover", reason: "r" }, "nomsNumber"],
    [{ nomsNumber: "A0001AA", fact: "both", reason: "r" }, "fact"],
  ];
  for (const [body, field] of faulty) {
    it(`are not dismissed by ${JSON.stringify(body)}`, async () => {
      const { status, body: told } = await dismiss(body);
      const { fields } = z.object({ fields: z.array(z.object({ field: z.string() })) }).parse(told);
      assert.deepEqual([status, fields.map((one) => one.field)], [400, [field]]);
    });
  }

  it("are refused by the place of another list", async () => {
    const place = Buffer.from("[1,2]").toString("base64url");
    assert.equal((await operations.ask(`GET ${path}/cases?before=${place}`)).status, 400);
  });
});

async function untilSomebodyWaits({ database }: Operations): Promise<void> {
  for (;;) {
    const [row] = await database.query(
      "select count(*)::integer as waiting from pg_stat_activity where datname = current_database() and wait_event = 'advisory'",
    );
    if (row?.["waiting"] === 1) return;
  }
}
