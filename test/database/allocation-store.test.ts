import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import { listAllocationRecords, type AllocationRecord } from "../../src/sync/allocation/allocation-store.ts";
import { offenderIdSchema } from "../../src/delius/person/person.ts";
import { readReferences } from "../../src/sync/fact/reference-store.ts";
import { getHighestNumbers } from "../../src/delius/staff/staff-store.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const justNow = [{ lookedUpAt: Date.now() }];
const deallocated: AllocationAnswer = { kind: "deallocated" };

function allocated(prisonCode: string, forename = "Ruth", surname = "Adeyemi"): AllocationAnswer {
  return { kind: "allocated", prisonCode, manager: { code: 1, forename, surname, email: null } };
}

type Asked = readonly [offenderId: number, answer: AllocationAnswer];

function list(executor: Executor, ...asked: readonly Asked[]): Promise<readonly AllocationRecord[]> {
  return listAllocationRecords(
    executor,
    asked.map(([id, answer]) => ({ offenderId: offenderIdSchema.parse(id), answer, lookedUpAt: Date.now() })),
  );
}

async function get(executor: Executor, ...asked: Asked): Promise<AllocationRecord> {
  const [record] = await list(executor, asked);
  return record ?? assert.fail("nothing was answered");
}

const january = Date.parse("2026-01-08T09:30:00Z");
const leeds = { providerId: 1, code: "N03", description: "Leeds Prison" };
const leedsPoms = { teamId: 1, code: "N03POM", description: "Leeds Prison Offender Managers" };
const ruth = { staffId: 7, code: "N03A001", forename: "Ruth", surname: "Adeyemi" };
const namesake = { staffId: 8, code: "N03A007", forename: "Ruth", surname: "ADEYEMI" };
const nothing = { poms: [], responsibleOfficers: [], destination: null, candidates: [], unallocatedOfficers: [] };
const ofLeeds = {
  destination: { provider: leeds, team: leedsPoms },
  candidates: [
    { ...ruth, isInTeam: true },
    { ...namesake, isInTeam: false },
  ],
};

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

describe("the allocation records", () => {
  it("are none of no one", async () => {
    assert.deepEqual(await list(store), []);
  });

  it("report a person's POM rows, responsible officer rows, and what the answer may need", async () => {
    assert.deepEqual(await get(store, 2, allocated("LEI")), {
      ...nothing,
      ...ofLeeds,
      poms: [
        {
          pomId: 20,
          rowVersion: 0,
          start: january,
          end: null,
          createdAt: Date.parse("2026-01-05T09:00:00Z"),
          email: "ruth.adeyemi@example.com",
          reason: { code: "AUT", description: "Automatic" },
          officer: ruth,
          team: leedsPoms,
          provider: leeds,
        },
      ],
      responsibleOfficers: [{ responsibleOfficerId: 20, rowVersion: 0, pomId: 20, start: january, end: null }],
    });
  });

  it("come in the order asked", async () => {
    const found = await list(
      store,
      [6, deallocated],
      [1, allocated("LEI")],
      [999_999, deallocated],
      [6, allocated("XXX")],
    );
    const led = (id: number) => [{ responsibleOfficerId: id, rowVersion: 0, pomId: null, start: january, end: null }];
    assert.deepEqual(found, [
      { ...nothing, responsibleOfficers: led(65) },
      { ...nothing, ...ofLeeds, responsibleOfficers: led(15) },
      nothing,
      { ...nothing, responsibleOfficers: led(65) },
    ]);
  });

  it("leave out deleted POM rows, and tell ended and future ones, by key", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        update prison_offender_manager set end_date = '2026-02-01T10:00:00', active_flag = 0 where offender_id = 2;
        ${copyPom(9002, "'2026-02-01T10:00:00', null, 0")};
        ${copyPom(9001, "'2099-01-01', null, 0")};
        ${copyPom(9003, "'2020-01-01', '2020-01-01', 1")}`);
      const { poms } = await get(tx, 2, deallocated);
      assert.deepEqual(
        poms.map(({ pomId, start, end }) => [pomId, start, end]),
        [
          [20, january, Date.parse("2026-02-01T10:00:00Z")],
          [9001, Date.parse("2099-01-01"), null],
          [9002, Date.parse("2026-02-01T10:00:00Z"), null],
        ],
      );
    });
  });

  it("report the unallocated officer of each provider of the person's live POM rows, only where a deallocation may need them", async () => {
    const unallocated = {
      provider: leeds,
      team: { teamId: 2, code: "N03ALL", description: "Leeds Unallocated Team" },
      officer: { staffId: 1, code: "N03ALLU", forename: "Unallocated", surname: "Staff" },
    };
    assert.deepEqual((await get(store, 2, deallocated)).unallocatedOfficers, [unallocated]);
    assert.deepEqual((await get(store, 2, { kind: "notReady" })).unallocatedOfficers, [unallocated]);
    await rehearse(store, async (tx) => {
      await tx.script("update staff set officer_code = 'N03XXXX' where officer_code = 'N03ALLU'");
      assert.deepEqual((await get(tx, 2, deallocated)).unallocatedOfficers, [{ ...unallocated, officer: null }]);
      await tx.script("update team set code = 'N03XXX' where code = 'N03ALL'");
      const [bare] = (await get(tx, 2, deallocated)).unallocatedOfficers;
      assert.deepEqual(bare, { provider: leeds, team: null, officer: null });
    });
  });

  it("report a prison without a provider, and a provider without a team of POMs", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update team set code = 'N03XXX' where code = 'N03POM'");
      const { destination, candidates } = await get(tx, 6, allocated("LEI"));
      assert.deepEqual(destination, { provider: leeds, team: null });
      assert.deepEqual(
        candidates.map(({ isInTeam }) => isInTeam),
        [false, false],
      );
      await tx.script("update probation_area set institution_id = null where code = 'N03'");
      assert.equal((await get(tx, 6, allocated("LEI"))).destination, null);
    });
  });

  describe("and the provider of a prison", () => {
    const destinationOf = async (change: string) =>
      rehearse(store, async (tx) => {
        await tx.script(change);
        return (await get(tx, 6, allocated("LEI"))).destination;
      });
    const found = { provider: leeds, team: leedsPoms };
    const another = (establishment: string, selectable = "Y") =>
      `insert into r_institution (institution_id, establishment, nomis_cde_code, selectable)
       values (9001, '${establishment}', 'LEI', '${selectable}');
       update probation_area set institution_id = 9001, establishment = '${establishment}' where code = 'N07'`;

    it("is no other institution's with the prison's code that is none", async () => {
      assert.deepEqual(await destinationOf(another("N")), found);
    });

    it("is that of the institution which may still be chosen", async () => {
      assert.deepEqual(await destinationOf(another("Y", "N")), found);
    });

    it("is the one of two that may still be chosen", async () => {
      const second = `${another("Y")}; update probation_area set selectable = 'N' where code = 'N07'`;
      assert.deepEqual(await destinationOf(second), found);
    });

    it("is not known where two might be meant", async () => {
      assert.deepEqual(await destinationOf(another("Y")), { contenders: ["N03", "N07"] });
    });

    it("is known where several institutions are the same provider's", async () => {
      const same = `insert into r_institution (institution_id, establishment, nomis_cde_code, selectable)
        values (9002, 'Y', 'LEI', 'Y')`;
      assert.deepEqual(await destinationOf(same), found);
    });

    for (const change of [
      "update probation_area set end_date = '2025-12-31' where code = 'N03'",
      "update probation_area set training_session_id = 1 where code = 'N03'",
      "update r_institution set training_session_id = 1 where nomis_cde_code = 'LEI'",
    ]) {
      it(`is none after ${change}`, async () => {
        assert.equal(await destinationOf(change), null);
      });
    }

    it("has the live team with the lowest key, though others bear its code", async () => {
      const copies = `insert into team (team_id, code, description, district_id, probation_area_id, end_date, training_session_id)
        values (-3, 'N03POM', 'Closed', 1, 1, '2020-01-01', null), (-2, 'N03POM', 'Training', 1, 1, null, 1),
          (9001, 'N03POM', 'Twin', 1, 1, null, null)`;
      assert.deepEqual(await destinationOf(copies), found);
    });
  });

  it("report the live unallocated officer of the provider who is in the team, though others bear the code", async () => {
    const copy = (id: number, ...[end, training]: readonly [string, string]) =>
      `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, end_date,
         private, training_session_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
       values (${id}, 0, 'N03ALLU', 'Other', 'Staff', 1, '2020-01-01', ${end}, 0, ${training}, now(), 1, now(), 1)`;
    await rehearse(store, async (tx) => {
      await tx.script([copy(-3, "'2021-01-01'", "null"), copy(-2, "null", "1"), copy(-1, "null", "null")].join(";"));
      assert.equal((await get(tx, 2, deallocated)).unallocatedOfficers[0]?.officer?.staffId, 1);
    });
  });

  it("take no team of another provider for the provider's own", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update team set probation_area_id = 2 where code = 'N03POM'");
      assert.deepEqual((await get(tx, 6, allocated("LEI"))).destination, { provider: leeds, team: null });
    });
  });

  describe("and their candidates", () => {
    const namesOf = async (executor: Executor, ...[forename, surname]: readonly [string, string]) =>
      (await get(executor, 6, allocated("LEI", forename, surname))).candidates.map(({ code }) => code);

    it("are of the name, in any letter case and with any white space around it", async () => {
      assert.deepEqual(await namesOf(store, " rUTH", "aDEYEMI  "), ["N03A001", "N03A007"]);
      await rehearse(store, async (tx) => {
        await tx.script("update staff set forename = ' Zoë ', surname = 'ÅNGSTRÖM' where officer_code = 'N03A999'");
        assert.deepEqual(await namesOf(tx, "ZOË", "Ångström"), ["N03A999"]);
      });
    });

    it("are of the letters of the surname, and of the prison's provider: whole names are compared in code", async () => {
      assert.deepEqual(await namesOf(store, "Ruth", "Code"), ["N03A999"]);
      assert.deepEqual(await namesOf(store, "Ruth", "Coden"), []);
      assert.deepEqual(await namesOf(store, "Dana", "Okafor"), ["N03C001"]);
      assert.deepEqual(await namesOf(store, "Mikael", "Dubois"), []);
    });

    it("have not left: an end in the future counts as none", async () => {
      await rehearse(store, async (tx) => {
        await tx.script("update staff set end_date = '2025-12-31' where officer_code = 'N03A001'");
        await tx.script("update staff set end_date = '2099-01-01' where officer_code = 'N03A007'");
        assert.deepEqual(await namesOf(tx, "Ruth", "Adeyemi"), ["N03A007"]);
      });
    });

    it("are none of a training session, and may have no code", async () => {
      await rehearse(store, async (tx) => {
        await tx.script("update staff set training_session_id = 1 where officer_code = 'N03A001'");
        await tx.script("update staff set officer_code = null where officer_code = 'N03A007'");
        assert.deepEqual(await namesOf(tx, "Ruth", "Adeyemi"), [null]);
      });
    });

    it("are no unallocated officers, and may have a code of any shape", async () => {
      assert.deepEqual(await namesOf(store, "Unallocated", "Staff"), []);
      assert.deepEqual(await namesOf(store, "Test", "Test"), ["Test"]);
    });

    it("hold no pattern characters", async () => {
      assert.deepEqual(await namesOf(store, "R%", "A_eyemi"), []);
    });
  });
});

describe("the highest officer numbers", () => {
  const highest = (provider: string, ...codes: readonly string[]) =>
    rehearse(store, async (tx) => {
      for (const code of codes) await tx.script(addOfficer(code));
      return getHighestNumbers(tx, provider);
    });

  it("are those of each letter of the provider's codes", async () => {
    assert.deepEqual(await highest("N03"), { A: 999, C: 1 });
    assert.deepEqual(await highest("N02", "N02A001", "N02A010", "N02A002", "N02Z999"), { A: 10, C: 1, Z: 999 });
  });

  it("do not count codes of another shape, nor those that begin with another provider's code", async () => {
    assert.deepEqual(await highest("N02", "N02a900", "N02AB12", "N02A12", "N0", "N12A900", "N02B12U"), { C: 1 });
    assert.deepEqual(await highest("XXX"), {});
  });

  for (const [whose, change] of [
    ["an officer who has left", "end_date = start_date"],
    ["a row of a training session", "training_session_id = 1"],
    ["an officer of another provider, which shares the prefix", "probation_area_id = 3"],
  ]) {
    it(`count the code of ${whose}: a code that was given out is not given out again`, async () => {
      await rehearse(store, async (tx) => {
        await tx.script(addOfficer("N02A041"));
        await tx.script(`update staff set ${change} where officer_code = 'N02A041'`);
        assert.deepEqual(await getHighestNumbers(tx, "N02"), { A: 41, C: 1 });
      });
    });
  }
});

describe("the reference data", () => {
  it("are the codes that the service writes, of their own sets only", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        insert into r_reference_data_master values (99, 'ANOTHER SET');
        insert into r_standard_reference_list values (99, 'AUT', 'Autism', 99, null, 'Y'),
          (98, 'POM1', 'Not a date', 99, null, 'Y')`);
      assert.deepEqual(await readReferences(tx, "ManagePomCasesAndDelius", justNow), {
        missing: { handover: [], allocation: [] },
        reasonDescriptions: { AUT: "Automatic", INA: "Internal Transfer", EXT: "External Transfer" },
        userId: 1,
      });
    });
  });

  it("stand in the order in which they are chosen: selectable first, then by key, none of a training session", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(`
        insert into r_standard_reference_list (standard_reference_list_id, code_value, code_description, reference_data_master_id,
          selectable, training_session_id)
        select -id, 'AUT', 'Automatic ' || id, reference_data_master_id, selectable, training
        from r_reference_data_master, (values (1, 'N', null), (2, 'Y', 1), (3, 'Y', null)) as twin (id, selectable, training)
        where code_set_name = 'POM ALLOCATION REASON'`);
      const { reasonDescriptions } = await readReferences(tx, "managepomcasesanddelius", justNow);
      assert.equal(reasonDescriptions.AUT, "Automatic 3");
    });
  });

  it("name no user whose time is over, nor one of a training session: without another the user is missing", async () => {
    const name = "ManagePomCasesAndDelius";
    const userAfter = (statement: string) =>
      rehearse(store, async (tx) => {
        await tx.script(statement);
        const { missing, userId } = await readReferences(tx, name, justNow);
        return [userId, missing.handover, missing.allocation];
      });
    const none = [null, [`user ${name}`], [`user ${name}`]];
    const change = (set: string) => `update user_ set ${set} where user_id = 1`;
    assert.deepEqual(await userAfter(change("end_date = '2020-01-01'")), none);
    assert.deepEqual(await userAfter(change("training_session_id = 1")), none);
    assert.deepEqual(await userAfter(change("end_date = '2999-01-01'")), [1, [], []]);
    const twin = `insert into user_ (user_id, distinguished_name) values (99001, '${name}')`;
    assert.deepEqual(await userAfter(`${change("end_date = '2020-01-01'")}; ${twin}`), [99_001, [], []]);
    assert.deepEqual(await userAfter(`${change("end_date = '2999-01-01'")}; ${twin}`), [1, [], []]);
  });

  it("lack what Delius lacks", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(
        "delete from r_contact_type; update r_standard_reference_list set code_value = 'X' where code_value = 'EXT'",
      );
      const { missing, userId } = await readReferences(tx, "Nobody", justNow);
      assert.deepEqual([missing.allocation.length, missing.handover, userId], [6, ["user Nobody"], null]);
    });
  });
});

function copyPom(id: number, startEndDeleted: string): string {
  return `insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_reason_id,
      allocation_staff_id, allocation_team_id, probation_area_id, active_flag, created_datetime, created_by_user_id,
      last_updated_datetime, last_updated_user_id, allocation_date, end_date, soft_deleted)
    select ${id}, 0, 2, allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id,
      case when stop is null then 1 else 0 end, now(), 1, now(), 1, start::timestamp, stop::timestamp, deleted
    from prison_offender_manager, (values (${startEndDeleted})) as asked (start, stop, deleted)
    where prison_offender_manager_id = 20`;
}

function addOfficer(code: string): string {
  return `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
      created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
    values (nextval('staff_id_seq'), 0, '${code}', 'A', 'B', 1, now(), 0, now(), 1, now(), 1)`;
}
