import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startService, type TestService } from "../support/service.ts";
import { createServiceRole, type ServiceRole } from "../support/service-role.ts";
import type { Action } from "../../sandbox/mpc/prisoner.ts";

const newcomer = { code: 700001, forename: "Nia", surname: "Newman", email: "nia.newman@example.com" };

for (const schema of ["public", "delius"]) {
  describe(`the service, as a user with the granted rights on the schema ${schema}`, () => {
    let service: TestService;
    let role: ServiceRole;
    before(async () => {
      const environment: Record<string, string> = { DELIUS_SCHEMA: schema };
      service = await startService({
        environment,
        prepare: async (database) => {
          if (schema !== "public") await database.query(`alter schema public rename to ${schema}`);
          role = await createServiceRole(database, schema);
          environment["DATABASE_URL"] = role.url;
        },
      });
    });
    after(async () => {
      await service.stop();
      await role[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    });

    const perform = async (noms: string, action: Action) => {
      const events = await service.mpc.act(noms, action);
      return Promise.all(events.map(({ messageId }) => service.settled(messageId)));
    };
    const rows = (text: string) => service.database.query(text.replaceAll(/\bdelius\./g, `${schema}.`));
    const count = async (from: string) => Number((await rows(`select count(*) from ${from}`))[0]?.["count"]);

    it("works as no one else", async () => {
      const users = await service.database.query(
        "select distinct usename as name from pg_stat_activity where application_name = 'manage-pom-cases-and-delius'",
      );
      assert.ok(users.some(({ name }) => name === role.name));
    });

    it("allocates a POM whom Delius does not know, and moves the responsible officer", async () => {
      const done = await perform("A1002AA", { kind: "allocate", manager: newcomer, prison: "MDI" });
      assert.deepEqual(done, [["PomAllocated"]]);
      const poms = "delius.prison_offender_manager where offender_id = 2";
      assert.equal(await count(`${poms} and active_flag = 0`), 1);
      assert.equal(await count(`${poms} and active_flag = 1`), 1);
      assert.equal(await count("delius.responsible_officer where offender_id = 2 and end_date is null"), 1);
      assert.equal(await count("delius.contact where offender_id = 2"), 2);
      assert.equal(
        await count("delius.staff join delius.staff_team using (staff_id) where officer_code = 'N07A001'"),
        1,
      );
    });

    it("deallocates a POM", async () => {
      assert.deepEqual(await perform("A1002AA", { kind: "deallocate" }), [["PomDeallocated"]]);
    });

    it("creates, updates and deletes handover dates", async () => {
      const dates = [
        ["KeyDateCreated", "2027-01-02"],
        ["KeyDateUpdated", "2027-01-03"],
        ["KeyDateDeleted", null],
      ] as const;
      for (const [outcome, handoverDate] of dates) {
        const action = { kind: "setHandover", handoverDate, handoverStartDate: null } as const;
        assert.deepEqual(await perform("A1004AA", action), [[outcome]]);
      }
    });

    it("lets a case wait, and takes it off the list", async () => {
      const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
      assert.deepEqual(await perform("A1006AA", action), [["NoActiveCustodialSentence"]]);
      assert.equal(await count("mpc_delius.waiting where noms_number = 'A1006AA'"), 1);
      await rows(
        "insert into delius.event (event_id, offender_id, active_flag, soft_deleted, partition_area_id) values (9001, 6, 1, 0, 0)",
      );
      await rows(
        "insert into delius.disposal (disposal_id, event_id, active_flag, soft_deleted, partition_area_id) values (9001, 9001, 1, 0, 0)",
      );
      await rows(`insert into delius.custody (custody_id, disposal_id, custodial_status_id, soft_deleted, partition_area_id)
        select 9001, 9001, custodial_status_id, 0, 0 from delius.custody limit 1`);
      const sentence = { eventType: "SENTENCE_CHANGED", body: JSON.stringify({ crn: "X100006" }) };
      assert.deepEqual(await service.settled(await service.queue.publish(sentence)), ["KeyDateCreated"]);
      assert.equal(await count("mpc_delius.waiting where noms_number = 'A1006AA'"), 0);
    });

    it("sets a message aside", async () => {
      const key = await service.queue.publish({ eventType: "offender-management.handover.changed", body: "noise" });
      assert.deepEqual(await service.settled(key), ["UnreadableMessage"]);
      assert.equal(await count(`mpc_delius.quarantine where inbox_key = '${key}'`), 1);
    });

    it("records a failed attempt and tries again", async () => {
      service.mpc.answerWith("/api/handovers/A1001AA", [{ status: 500, body: "{}" }]);
      const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
      assert.deepEqual(await perform("A1001AA", action), [["KeyDateCreated"]]);
      const attempts = await rows("select dependency, error_class from mpc_delius.attempt");
      assert.deepEqual(attempts, [{ dependency: "mpc", error_class: "HTTP 500" }]);
    });

    it("counts a message that comes twice", async () => {
      const event = JSON.stringify({ crn: "X100007" });
      const notification = { Type: "Notification", MessageId: "twice", Message: event };
      const attributes = { eventType: { Type: "String", Value: "SENTENCE_CHANGED" } };
      const body = JSON.stringify({ ...notification, MessageAttributes: attributes });
      await service.queue.send(body);
      assert.deepEqual(await service.settled("twice"), ["NothingToRefresh"]);
      await service.queue.send(body);
      assert.deepEqual(await service.settled("twice", 2), ["Duplicate"]);
      assert.deepEqual(await rows("select deliveries from mpc_delius.inbox where inbox_key = 'twice'"), [
        { deliveries: 2 },
      ]);
    });
  });
}
