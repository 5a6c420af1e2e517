import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Action, Prisoner } from "../../sandbox/mpc/prisoner.ts";
import { startService, type TestService } from "../support/service.ts";
import { countRows, listKeyDates, listPoms } from "../support/written-rows.ts";

const noms = "A1002AA";
const hour = 60 * 60 * 1000;

type Published = Awaited<ReturnType<TestService["mpc"]["act"]>>[number];

/** Numbers that look like chance and are the same each time. */
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function chooseAction(chance: (below: number) => number): Action {
  const manager = managers[chance(managers.length)];
  if (manager === undefined) throw new Error("There is no officer to allocate.");
  const day = () => (chance(4) === 0 ? null : `2031-07-${String(chance(28) + 1).padStart(2, "0")}`);
  const actions: readonly Action[] = [
    { kind: "allocate", manager, prison: ["LEI", "MDI", "WDI"][chance(3)] ?? "LEI" },
    { kind: "deallocate" },
    { kind: "setHandover", handoverDate: day(), handoverStartDate: day() },
    { kind: "release" },
  ];
  return actions[[0, 0, 0, 1, 2, 2, 3][chance(7)] ?? 0] ?? { kind: "deallocate" };
}

/** Lives through changes whose events are late, early, lost, and told again; the last change of each fact is told. */
async function live(service: TestService, seed: number): Promise<readonly string[]> {
  const chance = createChance(seed);
  const told: Published[] = [];
  const sent: Promise<string>[] = [];
  for (let step = 0; step < 40; step += 1) {
    const occurredAt = new Date(Date.now() - chance(5) * hour + hour / 2);
    const announce = chance(5) > 0;
    const events = await service.mpc.act(noms, chooseAction(chance), { announce, occurredAt });
    told.push(...events);
    const again = told[chance(told.length + 1)];
    if (again !== undefined) sent.push(service.mpc.republish(again));
  }
  const manager = managers[seed % managers.length];
  if (manager === undefined) throw new Error("There is no officer to allocate.");
  told.push(...(await service.mpc.act(noms, { kind: "allocate", manager, prison: "MDI" })));
  const dates = { kind: "setHandover", handoverDate: "2031-12-24", handoverStartDate: null } as const;
  told.push(...(await service.mpc.act(noms, dates)));
  for (const event of told.slice(0, 10)) sent.push(service.mpc.republish(event));
  return [...told.map(({ messageId }) => messageId), ...(await Promise.all(sent))];
}

function truth({ mpc }: TestService): Prisoner {
  const found = mpc.prisoners().find((prisoner) => prisoner.noms === noms);
  if (found === undefined) throw new Error("Manage POM Cases does not know the person.");
  return found;
}

describe("many events of one person, late, lost, repeated and out of order, read by two instances (P5)", () => {
  for (const seed of [1, 2, 3]) {
    it(`end with what Manage POM Cases says last (course ${seed})`, async () => {
      await using service = await startService();
      await service.startAnother();
      const keys = await live(service, seed);
      await Promise.all(keys.map((key) => service.settled(key)));
      const { allocation } = truth(service);
      assert.ok(allocation.kind === "allocated");
      const open = await service.database.query(
        `select forename, surname, email_address, rtrim(team.code) as team
         from prison_offender_manager pom join staff on staff_id = allocation_staff_id join team on team_id = allocation_team_id
         where offender_id = 2 and pom.end_date is null and pom.soft_deleted = 0`,
      );
      assert.deepEqual(
        open.map((row) => ({
          ...row,
          forename: String(row["forename"]).toLowerCase(),
          surname: String(row["surname"]).toLowerCase(),
        })),
        [
          {
            forename: allocation.manager.forename.toLowerCase(),
            surname: allocation.manager.surname.toLowerCase(),
            email_address: allocation.manager.email,
            team: "N07POM",
          },
        ],
      );
      const dates = (await listKeyDates(service.database, noms)).filter((date) => !date.endsWith("deleted"));
      assert.deepEqual(
        dates.map((date) => date.split(" ").slice(0, 2).join(" ")),
        ["POM2 2031-12-24"],
      );
      await expectWholeHistory(service);
      assert.equal(await countRows(service.database, "mpc_delius.quarantine"), 0);
    });
  }
});

/** Periods follow each other without a gap, one responsible officer is open, and each change has its diary entries. */
async function expectWholeHistory(service: TestService): Promise<void> {
  const gaps = await service.database.query(
    `select allocation_date from (
       select allocation_date, lag(end_date) over (order by allocation_date) as ended, row_number() over (order by allocation_date) as place
       from prison_offender_manager where offender_id = 2 and soft_deleted = 0) periods
     where place > 1 and ended is distinct from allocation_date`,
  );
  assert.deepEqual(gaps, []);
  const open = await service.database.query(
    `select pom.end_date from responsible_officer ro left join prison_offender_manager pom using (prison_offender_manager_id)
     where ro.offender_id = 2 and ro.end_date is null`,
  );
  assert.deepEqual(open, [{ end_date: null }]);
  const poms = (await listPoms(service.database, noms)).length;
  // A first POM stood there before; each that came since has an entry, and another for the responsible officer.
  assert.equal(await countRows(service.database, "contact"), (poms - 1) * 2);
}
