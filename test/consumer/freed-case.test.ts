import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { bulkUpdateEventType } from "../../src/sync/events/event-table.ts";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";

const twoSentences = { crn: "X100005", noms: "A1005AA" };
const oneSentence = { crn: "X100004", noms: "A1004AA" };

describe("a case whose handover dates are not in Delius yet", () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service[Symbol.asyncDispose]());

  const waiting = () => service.database.query("select noms_number from mpc_delius.waiting");
  const datesOf = ({ crn }: typeof twoSentences) =>
    service.database.query(
      `select code_value as code, key_date::text as date from key_date
       join r_standard_reference_list on standard_reference_list_id = key_date_type_id
       join custody using (custody_id) join disposal using (disposal_id)
       join event using (event_id) join offender using (offender_id)
       where crn = $1 and key_date.soft_deleted = 0 and code_value in ('POM1', 'POM2') order by code_value`,
      [crn],
    );

  it("is freed by CONVICTION_CHANGED when it waits because of two sentences and one has ended", async () => {
    const { crn, noms } = twoSentences;
    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2031-07-01", "2031-06-01"));
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));
    assert.deepEqual(await service.settled(key), ["MultipleActiveCustodialSentences"]);
    assert.deepEqual(await waiting(), [{ noms_number: noms }]);

    const changed = { eventType: "CONVICTION_CHANGED", eventDatetime: "2026-06-25T11:24:32.935401", crn };
    const tooEarly = await service.queue.publish(toPublication(changed));
    assert.deepEqual(await service.settled(tooEarly), ["MultipleActiveCustodialSentences"]);
    assert.deepEqual(await waiting(), [{ noms_number: noms }]);

    await service.database.query(
      `update disposal set active_flag = 0 where disposal_id =
         (select max(disposal_id) from disposal join event using (event_id) join offender using (offender_id)
          where crn = $1)`,
      [crn],
    );
    const freed = await service.queue.publish(toPublication({ ...changed, eventDatetime: "2026-06-26T09:00:00" }));
    assert.deepEqual(await service.settled(freed), ["KeyDateCreated"]);
    assert.deepEqual(await waiting(), []);
    assert.deepEqual(await datesOf(twoSentences), [
      { code: "POM1", date: "2031-06-01" },
      { code: "POM2", date: "2031-07-01" },
    ]);
  });

  it("is compared by the bulk update that the predecessor left in the queue, really or for show as it says", async () => {
    const { noms } = oneSentence;
    service.mpc.answerWith(paths.handover(noms), handoverAnswer("2032-07-01"));
    const leave = (dryRun: boolean) => {
      const event = handoverEvent(service.mpc.origin, noms, {
        eventType: bulkUpdateEventType,
        additionalInformation: { dryRun },
      });
      // The predecessor put its own message into the queue as it stands in a notification, which no SNS had numbered.
      const attributes = { eventType: { Type: "String", Value: bulkUpdateEventType } };
      return service.queue.send(JSON.stringify({ Message: JSON.stringify(event), MessageAttributes: attributes }));
    };
    const journalled = async (key: string) =>
      (await service.journal(key)).map(({ fact, outcome, dry_run: dryRun }) => ({ fact, outcome, dryRun }));

    const shown = await leave(true);
    assert.deepEqual(await journalled(shown), [{ fact: "handover", outcome: "KeyDateCreated", dryRun: true }]);
    assert.deepEqual(await datesOf(oneSentence), []);
    const done = await leave(false);
    assert.deepEqual(await journalled(done), [{ fact: "handover", outcome: "KeyDateCreated", dryRun: false }]);
    assert.deepEqual(await datesOf(oneSentence), [{ code: "POM2", date: "2032-07-01" }]);
  });
});
