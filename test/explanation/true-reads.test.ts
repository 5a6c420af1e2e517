import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explanationSchema } from "../../src/operations/explanation/explanation-schema.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import { handoverAnswer, paths } from "../support/messages.ts";
import { startExplainedCases } from "./explanation-fixture.ts";

const stranger = { code: 700001, forename: "Nia", surname: "Newman", email: null };

describe("a read never delays a write (P20)", () => {
  it("though six people look at cases whose locks others hold, and whose officer Delius does not know", async () => {
    await using cases = await startExplainedCases();
    const { service } = cases;
    await service.mpc.act("A1002AA", { kind: "allocate", manager: stranger, prison: "LEI" }, { announce: false });
    await using provider = await service.database.hold("select from probation_area where code = 'N03' for update");
    await using person = await service.database.hold("select from offender where noms_number = 'A1002AA' for update");
    const looks = Array.from({ length: 6 }, () => cases.ask("A1002AA"));
    const waits = untilSomebodyWaits(service.database).then(() => "somebody waits for a lock");
    const dates = { kind: "setHandover", handoverDate: "2027-04-01", handoverStartDate: null } as const;
    const [event] = await service.mpc.act("A1004AA", dates);
    assert.ok(event);
    const work = Promise.all([...looks, service.settled(event.messageId)]);
    const first = await Promise.race([waits, work.then(() => "all is done")]);
    // So that the other of the two ends too.
    await person.commit();
    await provider.commit();
    await using again = await service.database.hold("select from offender where noms_number = 'A1005AA' for update");
    const blocked = service.mpc.act("A1005AA", { ...dates, handoverDate: "2027-05-01" });
    await waits;
    await again.commit();
    await blocked;
    assert.equal(first, "all is done");
    for (const { body } of await Promise.all(looks)) {
      const { present } = explanationSchema.parse(body);
      const allocation = present.facts?.find(({ fact }) => fact === "allocation");
      assert.equal(allocation?.outcome, "PomAllocated", JSON.stringify(present));
      assert.match(allocation.reasons.join(" "), /a new officer code will be chosen/);
    }
  });

  it("though more people look than there are connections and calls, and neither the database nor Manage POM Cases answers them", async () => {
    await using cases = await startExplainedCases({ DATABASE_POOL_SIZE: "1" });
    const { service } = cases;
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    service.mpc.answerWith(paths.allocation("A1002AA"), { ...handoverAnswer("2031-07-01"), after: promise });
    await using table = await service.database.hold("lock table staff_team");
    // The first of each gets as far as what keeps it; the others come after, however slow the machine is.
    const asked = service.mpc.nextRequest(paths.allocation("A1002AA"));
    const looks = [cases.ask("A1002AA")];
    await asked;
    looks.push(cases.ask("A1001AA"));
    await untilSomebodyWaits(service.database);
    looks.push(...["A1001AA", "A1002AA"].flatMap((noms) => Array.from({ length: 39 }, () => cases.ask(noms))));
    const allAnswered = Promise.all(looks).then(() => "the looks");
    const [event] = await service.mpc.act("A1004AA", {
      kind: "setHandover",
      handoverDate: "2027-06-01",
      handoverStartDate: null,
    });
    assert.ok(event);
    const settled = service.settled(event.messageId).then(() => "the event");
    assert.equal(await Promise.race([settled, allAnswered]), "the event");
    answer();
    await table.commit();
    await allAnswered;
  });
});
