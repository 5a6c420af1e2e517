import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { messageOf, seconds, setStage, type Stage } from "../../../test/support/intake-stage.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";

/** One message in work, which the test ends. */
async function begin(context: TestContext): Promise<Stage> {
  const stage = setStage(context);
  stage.intake.start();
  await stage.deliver([messageOf("a")]);
  return stage;
}

describe("the gate hears of an attempt", () => {
  test("that the database served its person, where the message was settled", async (context) => {
    const { finish, gate } = await begin(context);
    await finish("a");
    assert.deepEqual(gate.recorded, ["database serves NOMS A1001AA"]);
  });

  test("that Manage POM Cases and HMPPS Auth served its person, as soon as there is an answer", async (context) => {
    const { works, gate } = await begin(context);
    works[0]?.onAnswer();
    assert.deepEqual(gate.recorded, ["mpc serves NOMS A1001AA", "auth serves NOMS A1001AA"]);
  });

  test("nothing of the database where the case is locked", async (context) => {
    const { finish, gate } = await begin(context);
    await finish("a", { kind: "locked" });
    assert.deepEqual(gate.recorded, []);
  });

  test("which dependency failed its person", async (context) => {
    const { fail, gate } = await begin(context);
    await fail("a", new DependencyError("mpc", "HTTP 500"));
    assert.deepEqual(gate.recorded, ["mpc fails NOMS A1001AA"]);
  });

  test("nothing where no dependency failed it", async (context) => {
    const { fail, gate } = await begin(context);
    await fail("a", new Error("a fault of the program"));
    assert.deepEqual(gate.recorded, []);
  });

  test("of an answer that came after the message's time", async (context) => {
    const { works, tick, failed, gate } = await begin(context);
    await tick(45 * seconds);
    assert.equal(failed.length, 1);
    works[0]?.onAnswer();
    assert.deepEqual(gate.recorded, ["mpc serves NOMS A1001AA", "auth serves NOMS A1001AA"]);
  });
});
