import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { takeSnapshot, type Snapshot } from "../support/delius-rows.ts";
import { handoverEvent, paths, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";

const manager = { code: 485637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" };
const named = (rest: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ manager: { ...manager, ...rest }, prison: { code: "LEI" } });
const dated = (rest: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ nomsNumber: "A1002AA", handoverDate: "2031-07-01", handoverStartDate: null, ...rest });

/** Answers about an allocation that cannot be written (rule M2). */
const allocations: Readonly<Record<string, string>> = {
  "a list": "[]",
  "a null": "null",
  "a text": '"allocated"',
  "no manager": '{"prison":{"code":"LEI"}}',
  "no prison": JSON.stringify({ manager }),
  "a manager of a prototype": `{"__proto__":{"manager":${JSON.stringify(manager)}},"prison":{"code":"LEI"}}`,
  "a forename that is a number": named({ forename: 5 }),
  "an empty surname": named({ surname: " " }),
  "a forename of 36 characters": named({ forename: "x".repeat(36) }),
  "a surname of 300 characters": named({ surname: "x".repeat(300) }),
  "a surname with a null character": named({ surname: "Smith\0" }),
  "a surname with a line feed": named({ surname: "Smith\nJones" }),
  "a surname with an escape sequence": named({ surname: "\u001B[31mSmith" }),
  "a surname of half a surrogate pair": named({ surname: "\uD800" }),
  "a prison of 300 characters": JSON.stringify({ manager, prison: { code: "L".repeat(300) } }),
  "a prison with a null character": JSON.stringify({ manager, prison: { code: "LE\0" } }),
};

/** Answers about handover dates that cannot be written. */
const handovers: Readonly<Record<string, string>> = {
  "neither date": JSON.stringify({ nomsNumber: "A1002AA" }),
  "dates of a prototype": '{"__proto__":{"handoverDate":null,"handoverStartDate":null}}',
  "a date that is a number": dated({ handoverDate: 20_310_701 }),
  "a date that is empty": dated({ handoverDate: "" }),
  "a date that is none": dated({ handoverDate: "soon" }),
  "a date of a day that is none": dated({ handoverDate: "2031-02-30" }),
  "a date in another order": dated({ handoverDate: "01/07/2031" }),
  "a date with a time": dated({ handoverDate: "2031-07-01T00:00:00Z" }),
  "a date of the year 0": dated({ handoverDate: "0000-01-01" }),
  "a date with a null character": dated({ handoverStartDate: "2031-07-01\0" }),
  "a prison number that is a number": dated({ nomsNumber: 1002 }),
};

describe("an answer of Manage POM Cases that holds", () => {
  let service: TestService;
  let untouched: Snapshot;
  before(async () => {
    service = await startService();
    untouched = await delius();
  });
  after(() => service[Symbol.asyncDispose]());

  const delius = async () => {
    const snapshot = await takeSnapshot(service.database);
    return Object.fromEntries(Object.entries(snapshot).filter(([table]) => !table.startsWith("mpc_delius.")));
  };

  const expectQuarantined = async (eventType: string, path: string, body: string) => {
    service.mpc.answerWith(path, { status: 200, body });
    const event = handoverEvent(service.mpc.origin, "A1002AA", { eventType, detailUrl: service.mpc.origin + path });
    const key = await service.queue.publish(toPublication(event));
    assert.deepEqual(await service.settled(key), ["InvalidAnswer"]);
    assert.equal((await service.line("message settled", key)).fields["receives"], 1);
    assert.deepEqual(await delius(), untouched);
  };

  for (const [what, body] of Object.entries(allocations)) {
    it(`${what} is quarantined`, () =>
      expectQuarantined("offender-management.allocation.changed", paths.allocation("A1002AA"), body));
  }

  for (const [what, body] of Object.entries(handovers)) {
    it(`${what} about handover dates is quarantined`, () =>
      expectQuarantined("offender-management.handover.changed", paths.handover("A1002AA"), body));
  }

  it("the same prison number in small letters is read", async () => {
    const body = '{"nomsNumber":" a1001aa ","handoverDate":"2031-07-02","handoverStartDate":null}';
    service.mpc.answerWith(paths.handover("A1001AA"), { status: 200, body });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1001AA")));
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });

  it("lists in lists, 100,000 deep, beside good dates is not read, and counts as a failure of Manage POM Cases", async () => {
    const body = `{"handoverDate":"2031-07-01","deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    service.mpc.answerWith(paths.handover("A1001AA"), { status: 200, body });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1001AA")));
    const { fields } = await service.line("attempt failed", key);
    assert.deepEqual([fields["dependency"], fields["errorClass"]], ["mpc", "answer nested too deeply"]);
  });

  it("keys that come twice, of which the last counts, and a number without bounds is read", async () => {
    const body =
      '{"handoverDate":"soon","handoverStartDate":1e999,"handoverDate":"2031-07-02","handoverStartDate":null}';
    service.mpc.answerWith(paths.handover("A1004AA"), { status: 200, body });
    const key = await service.queue.publish(toPublication(handoverEvent(service.mpc.origin, "A1004AA")));
    assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
  });

  it("a staff code without bounds and a name as long as Delius has room for is written", async () => {
    const surname = "ż".repeat(35);
    const body = named({ surname }).replace("485637", "1e999");
    service.mpc.answerWith(paths.allocation("A1002AA"), { status: 200, body });
    const eventType = "offender-management.allocation.changed";
    const detailUrl = service.mpc.origin + paths.allocation("A1002AA");
    const event = handoverEvent(service.mpc.origin, "A1002AA", { eventType, detailUrl });
    assert.deepEqual(await service.settled(await service.queue.publish(toPublication(event))), ["PomAllocated"]);
    const rows = await service.database.query("select from staff where surname = $1", [surname]);
    assert.equal(rows.length, 1);
  });
});
