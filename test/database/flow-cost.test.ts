import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { watchDatabase, type DatabaseTraffic } from "../support/database-traffic.ts";
import { startService, type TestService } from "../support/service.ts";

const ruth = { code: 485638, forename: "Ruth", surname: "Adeyemi", email: null };
const newcomer = { code: 700001, forename: "Nia", surname: "Newman", email: null };
const dates = (handoverDate: string | null) =>
  ({ kind: "setHandover", handoverDate, handoverStartDate: null }) as const;

const look = ["look"];
const locks = ["begin", "limit-waits", "claim", "try-lock-identifiers", "try-lock-persons", "look"];
const journal = ["record-settlements", "commit"];

describe("the flushes of an event", () => {
  let service: TestService;
  let traffic: DatabaseTraffic;
  before(async () => {
    const environment: Record<string, string> = { DATABASE_POOL_SIZE: "1" };
    service = await startService({
      environment,
      prepare: async (database) => {
        traffic = await watchDatabase(database.url);
        environment["DATABASE_URL"] = traffic.url;
      },
    });
    await perform("A1006AA", dates("2027-01-01"));
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await traffic[Symbol.asyncDispose]();
  });

  async function perform(noms: string, action: Action) {
    traffic.take();
    const events = await service.mpc.act(noms, action);
    for (const { messageId } of events) await service.settled(messageId);
    return takeFlushes();
  }

  /** Without what the service's jobs look for meanwhile. */
  function takeFlushes() {
    return traffic
      .take()
      .filter(
        (flush) =>
          !flush.some((name) => /^(claim-due-|get-intake-state$|list-open-group-replays$|save-replica$)/.test(name)),
      );
  }

  it("are three when dates are written: look; claim, locks and read; write, journal and commit", async () => {
    assert.deepEqual(await perform("A1004AA", dates("2027-01-02")), [
      look,
      [...locks, "list-custodies", "list-reference-entries"],
      ["insert-key-dates", ...journal],
    ]);
  });

  it("are three when nothing differs", async () => {
    assert.deepEqual(await perform("A1004AA", dates("2027-01-02")), [
      look,
      [...locks, "list-custodies", "list-reference-entries"],
      journal,
    ]);
  });

  it("are three when a POM whom Delius knows is allocated", async () => {
    assert.deepEqual(await perform("A1001AA", { kind: "allocate", manager: ruth, prison: "LEI" }), [
      look,
      [...locks, "list-allocation-records", "list-reference-entries"],
      ["insert-allocations", ...journal],
    ]);
  });

  it("are four when the POM is new to Delius", async () => {
    assert.deepEqual(await perform("A1001AA", { kind: "allocate", manager: newcomer, prison: "LEI" }), [
      look,
      [...locks, "list-allocation-records", "list-reference-entries"],
      ["lock-provider", "list-allocation-records", "list-highest-officer-numbers"],
      ["change-allocations", "insert-allocations", ...journal],
    ]);
  });

  it("are three when no one has the prison number", async () => {
    assert.deepEqual(await perform("A9999ZZ", dates("2027-01-02")), [
      look,
      locks.filter((name) => name !== "try-lock-persons"),
      journal,
    ]);
  });

  it("are three when the message is quarantined", async () => {
    traffic.take();
    await service.settled(
      await service.queue.publish({ eventType: "offender-management.handover.changed", body: "noise" }),
    );
    assert.deepEqual(takeFlushes(), [look, ["begin", "limit-waits", "claim", "look"], journal]);
  });

  it("are two when the message was settled before", async () => {
    const body = JSON.stringify({ Type: "Notification", MessageId: "twice", Message: "noise" });
    await service.queue.send(body);
    await service.settled("twice");
    traffic.take();
    await service.queue.send(body);
    await service.settled("twice", 2);
    assert.deepEqual(takeFlushes(), [look, ["count-deliveries"]]);
  });
});
