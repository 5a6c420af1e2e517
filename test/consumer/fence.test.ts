import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handoverAnswer, handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import { listKeyDates } from "../support/written-rows.ts";

const path = paths.handover("A1004AA");
const publish = ({ queue, mpc }: TestService) => queue.publish(toPublication(handoverEvent(mpc.origin, "A1004AA")));

describe("an answer that was fetched before another message of the person was settled (P5)", () => {
  it("is not used: the message asks again, so an older answer never wins", async () => {
    // With one slot an instance takes no second message while it has one in work.
    await using service = await startService({ environment: { CONSUMER_CONCURRENCY: "1" } });
    const { promise: isNewerSettled, resolve: letGo } = Promise.withResolvers<void>();
    const older = { ...handoverAnswer("2031-01-01"), after: isNewerSettled };
    service.mpc.answerWith(path, [older, handoverAnswer("2031-07-01"), handoverAnswer("2031-07-01")]);
    const asked = service.mpc.nextRequest(path);
    const slow = await publish(service);
    await asked;
    await service.startAnother();
    const fast = await publish(service);
    assert.deepEqual(await service.settled(fast), ["KeyDateCreated"]);
    letGo();
    assert.deepEqual(await service.settled(slow), ["NoKeyDateChange"]);
    assert.deepEqual(await listKeyDates(service.database, "A1004AA"), ["POM2 2031-07-01 0"]);
    assert.equal(service.mpc.requests().length, 3);
    assert.equal(service.lines.filter(({ message }) => message === "attempt failed").length, 0);
  });
});

describe("a person who is found only under the lock", () => {
  it("makes the message start over, and nothing is left to wait", async () => {
    await using service = await startService();
    service.mpc.answerWith(paths.handover("A1007AA"), handoverAnswer("2031-07-01"));
    // Another hand gives the case its prison number while our message has looked already and waits for the lock.
    await using other = await service.database.hold(`
      with locked as (select pg_advisory_xact_lock(hashtextextended('A1007AA', 0))),
        linked as (update offender set noms_number = 'A1007AA' where crn = 'X100007' returning 1)
      select from locked, linked`);
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1007AA")));
    await untilSomebodyWaits(service.database);
    await other.commit();
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.deepEqual(await service.database.query("select from mpc_delius.waiting"), []);
  });
});

describe("a person whose row another hand in Delius has locked (P6)", () => {
  it("is waited for: nothing is settled before that hand is done", async () => {
    await using service = await startService();
    service.mpc.answerWith(path, handoverAnswer("2031-07-01"));
    await using other = await service.database.hold(
      "select from offender where noms_number = 'A1004AA' for no key update",
    );
    const key = await publish(service);
    const waits = untilSomebodyWaits(service.database).then(() => "waits");
    const first = await Promise.race([waits, service.settled(key).then(() => "is settled")]);
    await other.commit();
    assert.equal(first, "waits");
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });
});
