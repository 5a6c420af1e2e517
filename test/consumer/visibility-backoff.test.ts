import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { region } from "../../sandbox/queue-server.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { countRows, listAttempts, listKeyDates } from "../support/written-rows.ts";

const notificationSchema = z.object({ MessageId: z.string(), Message: z.string() });
const broken = { status: 500, body: "{}" };

describe("a message that cannot be settled for now (P7)", () => {
  let service: TestService;
  let sqs: SQSClient;
  before(async () => {
    service = await startService({
      maxReceiveCount: 3,
      // No wait before the second attempt, and all of a second before the third.
      environment: { RETRY_DELAYS_S: "0,1" },
      random: () => 0.999,
      prepare: ({ url }) => seedCases(url, plainCases(3)),
    });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    sqs = new SQSClient({ region, endpoint: service.queue.endpoint, credentials });
  });
  after(async () => {
    sqs.destroy();
    await service[Symbol.asyncDispose]();
  });

  const publish = (noms: string) => service.queue.publish(toPublication(handoverEvent(service.mpc.origin, noms)));

  it("is hidden for longer after each attempt, each attempt is on record, and it is settled in the end", async () => {
    service.mpc.answerWith(paths.handover(nomsOf(0)), [broken, broken, handoverAnswer("2031-07-01")]);
    const key = await publish(nomsOf(0));
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    const attempts = await service.database.query(
      `select receives, event_type, extract(epoch from settled_at - failed_at)::float as wait
       from mpc_delius.attempt join mpc_delius.inbox using (inbox_key, event_type)
       where inbox_key = $1 order by attempt_id`,
      [key],
    );
    const eventType = "offender-management.handover.changed";
    assert.deepEqual(
      attempts.map(({ receives, event_type }) => ({ receives, event_type })),
      [
        { receives: 1, event_type: eventType },
        { receives: 2, event_type: eventType },
      ],
    );
    const [first, second] = attempts.map(({ wait }) => Number(wait));
    assert.ok(second !== undefined && second >= 0.9, `the third attempt came ${second} s after the second`);
    assert.ok(first !== undefined && first - second < second, `the second attempt came ${first} s before the end`);
    assert.deepEqual(await listAttempts(service.database, key), ["mpc: HTTP 500", "mpc: HTTP 500"]);
    assert.deepEqual(await listKeyDates(service.database, nomsOf(0)), ["POM2 2031-07-01 0"]);
  });

  it("goes to the dead-letter queue, whole, when the queue gives it up; nothing of it is settled", async () => {
    service.mpc.answerWith(paths.handover(nomsOf(1)), broken);
    const event = handoverEvent(service.mpc.origin, nomsOf(1));
    const key = await service.queue.publish(toPublication(event));
    const dead = new ReceiveMessageCommand({ QueueUrl: service.queue.deadLetterQueueUrl, WaitTimeSeconds: 20 });
    const { Messages: [message] = [] } = await sqs.send(dead);
    const notification = notificationSchema.parse(JSON.parse(message?.Body ?? "null"));
    assert.deepEqual(notification, { MessageId: key, Message: JSON.stringify(event) });
    assert.equal((await listAttempts(service.database, key)).length, 3);
    const rows = await service.database.query("select from mpc_delius.inbox where inbox_key = $1", [key]);
    assert.equal(rows.length, 0);
    assert.equal(await countRows(service.database, "mpc_delius.quarantine"), 0);
    assert.deepEqual(await listKeyDates(service.database, nomsOf(1)), []);
  });

  it("delays no one else meanwhile", async () => {
    service.mpc.answerWith(paths.handover(nomsOf(1)), broken);
    service.mpc.answerWith(paths.handover(nomsOf(2)), handoverAnswer("2031-07-01"));
    const stuck = await publish(nomsOf(1));
    await service.line("attempt failed", stuck);
    assert.deepEqual(await service.settled(await publish(nomsOf(2))), ["KeyDateCreated"]);
    assert.ok(
      !service.lines.some(({ message, fields }) => message === "message settled" && fields["inboxKey"] === stuck),
    );
  });
});
