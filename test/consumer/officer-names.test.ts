import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { startService } from "../support/service.ts";
import { createTestDatabase } from "../support/test-database.ts";

const ruth = { code: 9, forename: "Ruth", surname: "Adeyemi", email: "ruth.adeyemi@example.com" };

describe("white space around an officer's name in Delius", () => {
  for (const [what, change] of [
    ["a tab behind", "surname = surname || E'\\t'"],
    ["a no-break space behind", "surname = surname || U&'\\00A0'"],
    ["a line end behind", "forename = forename || E'\\r\\n'"],
  ] as const) {
    it(`makes no second officer and moves no case: ${what}`, async () => {
      await using service = await startService({
        prepare: (database) => database.query(`update staff set ${change} where officer_code = 'N03A001'`),
      });
      const [event] = await service.mpc.act("A1002AA", { kind: "allocate", manager: ruth, prison: "LEI" });
      assert.ok(event);
      assert.deepEqual(await service.settled(event.messageId), ["NoPomChange"]);
    });
  }
});

describe("letter case of an officer's name", () => {
  it("does not count in a database of C locale, accented letters included", async () => {
    await using database = await createTestDatabase("template0");
    await seedDatabase({ url: database.url, cases: 0 });
    const locales = "select datctype from pg_database where datname = current_database()";
    assert.deepEqual(await database.query(locales), [{ datctype: "C" }]);
    await database.query(
      `insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
         created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
       select nextval('staff_id_seq'), 0, 'N03S100', 'ZOË', 'DÉSIRÉ', probation_area_id, now(), 0, now(), 1, now(), 1
       from probation_area where code = 'N03'`,
    );
    const staff = await database.query("select count(*) from staff");
    await using service = await startService({ database });
    const zoe = { code: 5, forename: "Zoë", surname: "Désiré", email: null };
    const [event] = await service.mpc.act("A1004AA", { kind: "allocate", manager: zoe, prison: "LEI" });
    assert.ok(event);
    assert.deepEqual(await service.settled(event.messageId), ["PomAllocated"]);
    assert.deepEqual(await database.query("select count(*) from staff"), staff);
    const poms = await database.query(
      `select rtrim(officer_code) as code from prison_offender_manager
       join staff on staff_id = allocation_staff_id
       join offender using (offender_id) where noms_number = 'A1004AA' and active_flag = 1`,
    );
    assert.deepEqual(poms, [{ code: "N03S100" }]);
  });
});
