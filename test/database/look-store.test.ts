import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Executor, Transaction } from "../../src/platform/database/database.ts";
import { lookUp } from "../../src/sync/pipeline/lookup-store.ts";
import type { LookupRequest, LookupResult } from "../../src/sync/pipeline/prepared-message.ts";
import type { CaseEvent } from "../../src/sync/events/case-event.ts";
import { crnSchema, nomsNumberSchema } from "../../src/delius/person/person.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const naming = (person: CaseEvent["person"]): LookupRequest => ({
  envelope: { inboxKey: "new" },
  event: { kind: "event", person },
});
const byNoms = (noms: string) => naming({ nomsNumber: nomsNumberSchema.parse(noms) });
const byCrn = (crn: string) => naming({ crn: crnSchema.parse(crn) });
const nobody: LookupRequest = { envelope: { inboxKey: "new" }, event: { kind: "refused" } };

/** A look-up result without the clock, which differs each time. */
type Seen = Omit<LookupResult, "now">;

const nothing: Seen = { isSettled: false, persons: [], isWaiting: false };

async function look(executor: Executor, ...asked: readonly LookupRequest[]): Promise<readonly Seen[]> {
  const lookups = await lookUp(executor, asked);
  return lookups.map(({ isSettled, persons, isWaiting }) => ({ isSettled, persons, isWaiting }));
}

async function lookAt(executor: Executor, asked: LookupRequest): Promise<Seen> {
  const [seen] = await look(executor, asked);
  return seen ?? assert.fail("nothing was answered");
}

interface Seeable {
  readonly sentences?: number;
  readonly handover?: number;
  readonly allocation?: number;
}

const person = (offenderId: number, noms: string | null, { sentences, handover, allocation }: Seeable = {}) => ({
  offenderId,
  crn: `X1000${String(offenderId).padStart(2, "0")}`,
  nomsNumber: noms,
  sentences: sentences ?? null,
  fences: { handover: handover ?? null, allocation: allocation ?? null },
});

describe("a look", () => {
  let database: TestDatabase;
  let store: Database;
  before(async () => {
    database = await createTestDatabase();
    store = openStore(database);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it("at nothing answers nothing", async () => {
    assert.deepEqual(await look(store), []);
  });

  it("at many answers in the order asked, no matter what each asks for", async () => {
    const asked = [
      byCrn("X100004"),
      byNoms("A1002AA"),
      nobody,
      byNoms("A9999ZZ"),
      byCrn("X999999"),
      byNoms("A1001AA"),
      byNoms("A1002AA"),
    ];
    assert.deepEqual(await look(store, ...asked), [
      { ...nothing, persons: [person(4, "A1004AA", { sentences: 1 })] },
      { ...nothing, persons: [person(2, "A1002AA")] },
      nothing,
      nothing,
      nothing,
      { ...nothing, persons: [person(1, "A1001AA")] },
      { ...nothing, persons: [person(2, "A1002AA")] },
    ]);
  });

  it("answers the database's clock", async () => {
    const [row] = await database.query("select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as now");
    const [seen] = await lookUp(store, [nobody]);
    assert.ok((seen?.now ?? 0) >= Number(row?.["now"]));
  });

  it("shows a case without a prison number by its CRN", async () => {
    assert.deepEqual(await lookAt(store, byCrn("X100007")), {
      ...nothing,
      persons: [person(7, null, { sentences: 1 })],
    });
  });

  it("does not show a deleted case", async () => {
    assert.deepEqual(await look(store, byCrn("X100012"), byNoms("A1012AA")), [nothing, nothing]);
  });

  it("shows every undeleted case with the prison number, and those beside a CRN, by key", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update offender set noms_number = 'A1002AA' where offender_id in (4, 12)");
      const both = [person(2, "A1002AA", { sentences: 1 }), person(4, "A1002AA", { sentences: 1 })];
      assert.deepEqual(await look(tx, byNoms("A1002AA"), byCrn("X100004"), byCrn("X100002")), [
        { ...nothing, persons: both },
        { ...nothing, persons: both },
        { ...nothing, persons: both },
      ]);
    });
  });

  it("shows cases in whichever letter case Delius holds their numbers, and none of a training session", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        update offender set noms_number = 'a1004aa', crn = 'x100004' where offender_id = 4;
        insert into offender (offender_id, crn, noms_number, soft_deleted, partition_area_id, training_session_id)
        values (904, 'X100004', 'A1004AA', 0, 0, 1)`);
      const seen = await look(tx, byNoms("A1004AA"), byCrn("X100004"));
      assert.deepEqual(seen, [
        { ...nothing, persons: [person(4, "A1004AA")] },
        { ...nothing, persons: [person(4, "A1004AA", { sentences: 1 })] },
      ]);
    });
  });

  it("shows a case whose prison number is none", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update offender set noms_number = '?' where offender_id = 4");
      const { persons } = await lookAt(tx, byCrn("X100004"));
      assert.deepEqual(persons, [person(4, null, { sentences: 1 })]);
    });
  });

  it("says which keys were settled before", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("insert into mpc_delius.inbox (inbox_key, received_at) values ('old', now())");
      const old = { envelope: { inboxKey: "old" } };
      const seen = await look(tx, { ...nobody, ...old }, nobody, { ...byNoms("A1001AA"), ...old });
      assert.deepEqual(
        seen.map(({ isSettled }) => isSettled),
        [true, false, true],
      );
    });
  });

  describe("at the custodial sentences", () => {
    const sentencesOf = async (tx: Transaction, crn: string) => (await lookAt(tx, byCrn(crn))).persons[0]?.sentences;

    it("counts each", async () => {
      const counted = await look(store, byCrn("X100006"), byCrn("X100004"), byCrn("X100005"));
      assert.deepEqual(
        counted.map(({ persons }) => persons[0]?.sentences),
        [0, 1, 2],
      );
    });

    const partly = [
      "update event set active_flag = 0 where event_id = 50",
      "update event set soft_deleted = 1 where event_id = 50",
      "update disposal set active_flag = 0 where disposal_id = 50",
      "update disposal set soft_deleted = 1 where disposal_id = 50",
      "update custody set soft_deleted = 1 where custody_id = 50",
      "update disposal set event_id = 40 where disposal_id = 50",
    ];
    for (const change of partly) {
      it(`counts no part of one: ${change}`, async () => {
        const count = await rehearse(store, async (tx) => {
          await tx.script(change);
          return sentencesOf(tx, "X100005");
        });
        assert.equal(count, 1);
      });
    }

    it("counts none for an event that names a prison number", async () => {
      assert.equal((await lookAt(store, byNoms("A1005AA"))).persons[0]?.sentences, null);
    });
  });

  it("shows the newest journal key of each fact, but for dry runs", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(
        [
          entry({ key: 11, person: 1, fact: "handover" }),
          entry({ key: 12, person: 1, fact: "allocation" }),
          entry({ key: 13, person: 1, fact: "handover" }),
          entry({ key: 14, person: 1, fact: "handover", dryRun: true }),
          entry({ key: 15, person: 2, fact: "allocation" }),
        ].join(";"),
      );
      assert.deepEqual(await look(tx, byNoms("A1001AA"), byNoms("A1002AA")), [
        { ...nothing, persons: [person(1, "A1001AA", { handover: 13, allocation: 12 })] },
        { ...nothing, persons: [person(2, "A1002AA", { allocation: 15 })] },
      ]);
    });
  });

  it("reports by CRN whether the handover dates wait for a sentence", async () => {
    const waiting = (noms: string, fact: string) =>
      `insert into mpc_delius.waiting values ('${noms}', '${fact}', 'PersonNotFound', 'prison identifier', 'k', now())`;
    await rehearse(store, async (tx) => {
      await tx.script(waiting("A1004AA", "handover"));
      await tx.script(waiting("A1005AA", "allocation"));
      const seen = await look(tx, byCrn("X100004"), byCrn("X100005"), byNoms("A1004AA"));
      assert.deepEqual(
        seen.map(({ isWaiting }) => isWaiting),
        [true, false, false],
      );
    });
  });
});

interface Entry {
  readonly key: number;
  readonly person: number;
  readonly fact: string;
  readonly dryRun?: boolean;
}

function entry({ key, person: offenderId, fact, dryRun = false }: Entry): string {
  return `insert into mpc_delius.journal (journal_id, inbox_key, fact, offender_id, received_at, decided_at, outcome,
      outcome_class, dry_run, properties, reasons, changes) overriding system value
    values (${key}, 'k', '${fact}', ${offenderId}, now(), now(), 'NoPomChange', 'no change', ${dryRun}, '{}', '[]', '[]')`;
}
