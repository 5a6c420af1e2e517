import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { seedCases } from "../../sandbox/seed/seed.ts";
import {
  custodyOf,
  handoverAnswer,
  handoverEvent,
  nomsOf,
  paths,
  plainCases,
  toPublication,
} from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import type { TestDatabase } from "../support/test-database.ts";

const broken = Array.from({ length: 12 }, (_, index) => index);
const healthy = Array.from({ length: 20 }, (_, index) => broken.length + index);
const components = z.object({
  consumer: z.object({ status: z.string(), details: z.record(z.string(), z.unknown()) }),
});

const publish = ({ queue, mpc }: TestService, person: number) =>
  queue.publish(toPublication(handoverEvent(mpc.origin, nomsOf(person))));

/** Makes the database refuse anything that is written for these people. */
async function refuse(database: TestDatabase, people: readonly number[]): Promise<void> {
  await database.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise 'not this one' using errcode = 'internal_error';
    end $$`);
  await database.query(`
    create trigger refuse before insert on key_date for each row
    when (new.custody_id in (${people.map(custodyOf).join()})) execute function refuse()`);
}

async function consumerOf({ address }: TestService) {
  const { components: shown } = z.object({ components }).parse(await (await fetch(`${address}/health`)).json());
  return shown.consumer;
}

interface Trouble {
  readonly dependency: string;
  readonly prepare: (database: TestDatabase) => Promise<void>;
  readonly begin: (service: TestService) => void;
}

const troubles: Readonly<Record<string, Trouble>> = {
  "whom Manage POM Cases answers 500": {
    dependency: "mpc",
    prepare: async () => undefined,
    begin: ({ mpc }) => {
      for (const person of broken) mpc.answerWith(paths.handover(nomsOf(person)), { status: 500, body: "{}" });
    },
  },
  "whose rows the database refuses": {
    dependency: "database",
    prepare: (database) => refuse(database, broken),
    begin: () => undefined,
  },
};

/** Runs a service in which events of twelve people fail again and again while those of others come in. */
async function runTrouble({ prepare, begin }: Pick<Trouble, "prepare" | "begin">) {
  const service = await startService({
    // None of them is given up while the test runs, and they come back soon.
    maxReceiveCount: 1000,
    environment: { RETRY_DELAYS_S: "1" },
    prepare: async (database) => {
      await seedCases(database.url, plainCases(broken.length + healthy.length));
      await prepare(database);
    },
  });
  for (const person of healthy) {
    service.mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
  }
  for (const person of broken) service.mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
  begin(service);
  return service;
}

describe("P19: trouble with some people delays no others", () => {
  for (const [what, trouble] of Object.entries(troubles)) {
    it(`events about twelve people ${what} shut out no one, and are told apart from an outage`, async () => {
      await using service = await runTrouble(trouble);
      const [first = ""] = await Promise.all(broken.map((person) => publish(service, person)));
      for (const person of healthy) {
        const key = await publish(service, person);
        assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
        await wait(10);
      }
      const { status, details } = await consumerOf(service);
      assert.deepEqual([status, details["state"]], ["UP", "running"]);
      assert.deepEqual(details["failingFor"], { [trouble.dependency]: broken.length });
      const shut = service.lines.filter(
        ({ message, fields }) => message === "intake changed" && fields["allowance"] === 0,
      );
      assert.deepEqual(shut, []);
      // Those who fail are tried again, and each by itself.
      await service.line("attempt failed", first, 2);
      await service.stop();
    });
  }

  it("events about more people than there are slots, whom Manage POM Cases does not answer, step aside for those of others", async () => {
    const silent = Array.from({ length: 24 }, (_, index) => index);
    const others = Array.from({ length: 72 }, (_, index) => silent.length + index);
    await using service = await startService({
      environment: { CONSUMER_CONCURRENCY: "16" },
      prepare: ({ url }) => seedCases(url, plainCases(silent.length + others.length)),
    });
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    for (const person of silent) {
      service.mpc.answerWith(paths.handover(nomsOf(person)), { ...handoverAnswer("2031-07-01"), after: promise });
    }
    for (const person of others) service.mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
    const held: string[] = [];
    for (const half of [0, 1]) {
      const some = silent.slice(half * 12, half * 12 + 12);
      const asked = some.map((person) => service.mpc.nextRequest(paths.handover(nomsOf(person))));
      held.push(...(await Promise.all(some.map((person) => publish(service, person)))));
      await Promise.all(asked);
      for (const person of others.slice(half * 36, half * 36 + 36)) {
        assert.deepEqual(await service.settled(await publish(service, person)), ["KeyDateCreated"]);
      }
    }
    // Nobody had to wait until calls were given up.
    assert.ok(!service.lines.some(({ message }) => message === "attempt failed"));
    answer();
    for (const key of held) assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });
});
