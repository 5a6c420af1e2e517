import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  allowanceOf,
  awaitedOf,
  closedCircuit,
  recordCall,
  recordProbe,
  sharedDependencies,
  type Call,
  type Circuit,
} from "./trouble.ts";

const concurrency = 16;
const second = 1000;

function call(rest: Partial<Call> = {}): Call {
  const at = rest.at ?? 0;
  return { dependency: "mpc", person: "A", isWell: false, hasFailed: false, at, begunAt: at, ...rest };
}

function record(calls: readonly Call[], circuit: Circuit = closedCircuit): Circuit {
  return calls.reduce((state, one) => recordCall(state, one, concurrency), circuit);
}

/** So many calls, each about the next of so many people. */
function callsAbout([count, people]: readonly [number, number], rest: Partial<Call> = {}, name = "P"): readonly Call[] {
  return Array.from({ length: count }, (_, index) => call({ person: `${name}${index % people}`, ...rest }));
}

const failures = (people: number, rest: Partial<Call> = {}, name = "P") => callsAbout([people, people], rest, name);
const successes = (people: number, rest: Partial<Call> = {}, name = "W") =>
  callsAbout([people, people], { isWell: true, ...rest }, name);

const inDoubt = record(failures(10));
const opened = recordProbe(inDoubt, false, 0);

describe("a dependency is in doubt", () => {
  for (const dependency of sharedDependencies) {
    test(`when ${dependency} has failed ten people and served no one`, () => {
      const doubted = record(failures(10, { dependency }));
      assert.deepEqual([doubted.state, allowanceOf(doubted), awaitedOf(doubted)], ["on trial", 8, null]);
    });
  }

  test("when it fails half of the people", () => {
    assert.equal(record([...successes(10), ...failures(10)]).state, "on trial");
    assert.equal(record([...failures(5), ...successes(5), ...failures(1, {}, "Q")]).state, "on trial");
  });

  test("when the failures are spread over half a minute", () => {
    const spread = failures(10).map((one, index) => ({ ...one, at: index * 3 * second - 1 }));
    assert.equal(record(spread).state, "on trial");
  });

  test("soon when it fails in the middle of a burst, no matter what went well before", () => {
    const busy = Array.from({ length: 29 }, (_, index) => successes(400, { at: index * second }, `${index} `)).flat();
    assert.equal(record([...busy, ...failures(99, { at: 29 * second })]).state, "closed");
    assert.equal(record([...busy, ...failures(100, { at: 29 * second })]).state, "on trial");
  });
});

describe("the circuit stays closed", () => {
  const rows: readonly (readonly [name: string, calls: readonly Call[]])[] = [
    ["when nine people are failed", failures(9)],
    ["when nine people are failed, however often", callsAbout([900, 9])],
    ["when fewer than half of the people are failed", [...successes(11), ...failures(10)]],
    [
      "when those who were failed are served in the end",
      [...failures(9), ...successes(9, {}, "P"), ...failures(8, {}, "Q")],
    ],
    ["when all goes well", successes(1000)],
    [
      "when the failures are those of different dependencies",
      sharedDependencies.flatMap((dependency) => failures(9, { dependency })),
    ],
    [
      "when five are failed, and five more half a minute later",
      [...failures(5), ...failures(5, { at: 30 * second }, "Q")],
    ],
  ];
  for (const [name, given] of rows) {
    test(name, () => {
      assert.equal(record(given).state, "closed");
      assert.equal(allowanceOf(record(given)), null);
    });
  }

  test("while twelve people are failed again and again and one healthy person is served each second", () => {
    let circuit = closedCircuit;
    for (let at = 0; at < 600 * second; at += second) {
      const broken = failures(12, { at, hasFailed: at > 0 });
      circuit = record([call({ person: `healthy ${at}`, isWell: true, at }), ...broken], circuit);
      assert.notEqual(allowanceOf(circuit), 0, `at ${at} ms`);
      assert.equal(awaitedOf(circuit), null);
      if (at > 30 * second) assert.equal(circuit.state, "closed", `at ${at} ms`);
    }
  });

  test("and remembers no more of a long burst than of a short one", () => {
    const size = (circuit: Circuit) => (circuit.state === "closed" ? circuit.results.mpc.length : 0);
    assert.equal(size(record(successes(5_000))), 200);
    assert.equal(size(record([...successes(50), ...successes(3, { at: 30 * second }, "later")])), 3);
  });
});

describe("a dependency in doubt", () => {
  test("is down when its probe fails", () => {
    assert.deepEqual(opened, { state: "open", dependency: "mpc", pauses: 1, probeAt: second });
  });

  test("is no worse for what had begun before", () => {
    assert.deepEqual(record(callsAbout([100, 100], { begunAt: -1, at: second }, "late"), inDoubt), inDoubt);
  });

  test("is no worse for people whom it has failed before", () => {
    assert.deepEqual(record(failures(100, { at: second, hasFailed: true }, "again"), inDoubt), inDoubt);
  });

  test("is down when it fails ten people more, no matter what its probe says", () => {
    const probed = recordProbe(inDoubt, true, second);
    assert.deepEqual(probed, inDoubt);
    const nine = record(failures(9, { at: 2 * second }, "Q"), probed);
    assert.equal(nine.state, "on trial");
    const { state, ...rest } = record(failures(1, { at: 2 * second }, "R"), nine);
    assert.deepEqual([state, rest], ["open", { dependency: "mpc", pauses: 1, probeAt: 3 * second }]);
  });

  test("is well when it serves more people than it fails, enough of them or for five seconds", () => {
    const one = record(successes(1, { at: second }), inDoubt);
    assert.equal(one.state, "on trial");
    assert.deepEqual(record(successes(1, { at: 5 * second }, "V"), one), closedCircuit);
    assert.deepEqual(record(successes(8, { at: second }), inDoubt), closedCircuit);
    const even = record([...failures(8, { at: second }, "Q"), ...successes(8, { at: second })], inDoubt);
    assert.equal(even.state, "on trial");
    assert.deepEqual(record(successes(1, { at: second }, "V"), even), closedCircuit);
  });
});

describe("an open circuit", () => {
  test("lets nothing in, no matter what becomes of calls that had begun", () => {
    assert.deepEqual([allowanceOf(opened), awaitedOf(opened)], [0, "mpc"]);
    assert.deepEqual(record([...failures(50), ...successes(50)], opened), opened);
  });

  test("is asked again later after every probe that fails, a minute later at most", () => {
    const waits: number[] = [];
    let circuit = opened;
    for (let at = second; waits.length < 9;) {
      circuit = recordProbe(circuit, false, at);
      assert.ok(circuit.state === "open");
      waits.push(circuit.probeAt - at);
      at = circuit.probeAt;
    }
    assert.deepEqual(
      waits,
      [2, 4, 8, 16, 32, 60, 60, 60, 60].map((seconds) => seconds * second),
    );
  });

  test("is tried every ten seconds where probes go well and people are failed", () => {
    const waits: number[] = [];
    let circuit = opened;
    for (let at = second; waits.length < 6;) {
      circuit = record(failures(10, { at }), recordProbe(circuit, true, at));
      assert.ok(circuit.state === "open");
      waits.push(circuit.probeAt - at);
      at = circuit.probeAt;
    }
    assert.deepEqual(
      waits,
      [2, 4, 8, 10, 10, 10].map((seconds) => seconds * second),
    );
  });
});

describe("a circuit on trial after a pause", () => {
  const onTrial = recordProbe(opened, true, second);

  test("lets one message in, then one more for each that ends well, and closes when enough have", () => {
    const allowances: (number | null)[] = [allowanceOf(onTrial)];
    let circuit = onTrial;
    for (let index = 0; circuit.state !== "closed"; index += 1) {
      assert.equal(awaitedOf(circuit), "mpc");
      circuit = record(successes(1, { at: second }, `${index} `), circuit);
      allowances.push(allowanceOf(circuit));
    }
    assert.deepEqual(allowances, [1, 2, 3, 4, 5, 6, 7, 8, null]);
  });

  test("closes after five seconds in which one was served, where there is little traffic", () => {
    assert.deepEqual(record(successes(1, { at: 6 * second }), onTrial), closedCircuit);
  });

  test("neither opens nor pauses longer for one broken person, however often that one fails", () => {
    const after = record(callsAbout([100, 1], { at: 2 * second }), onTrial);
    assert.equal(after.state, "on trial");
    assert.deepEqual(record(successes(2, { at: 6 * second }), after), closedCircuit);
  });

  test("opens again at once when the probe fails", () => {
    assert.deepEqual(recordProbe(onTrial, false, 5 * second), {
      state: "open",
      dependency: "mpc",
      pauses: 2,
      probeAt: 7 * second,
    });
  });

  test("does not care about other dependencies", () => {
    const other = [...failures(20, { dependency: "database" }), ...successes(20, { dependency: "auth" })];
    assert.deepEqual(record(other, onTrial), onTrial);
  });

  test("closes at once where only one message is in work at a time", () => {
    assert.deepEqual(recordCall(onTrial, call({ isWell: true, at: second }), 1), closedCircuit);
  });
});

test("a probe does not concern a circuit that is closed", () => {
  assert.deepEqual(recordProbe(closedCircuit, false, 0), closedCircuit);
});

const step = fc.oneof(
  fc.record({
    dependency: fc.constantFrom(...sharedDependencies),
    person: fc.constantFrom("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"),
    isWell: fc.boolean(),
    hasFailed: fc.boolean(),
    wait: fc.nat(2000),
  }),
  fc.record({ probe: fc.boolean(), wait: fc.nat(2000) }),
);

test("whatever happens, a circuit lets in nothing, all, or no more than the concurrency", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 64 }), (steps, most) => {
      let circuit = closedCircuit;
      let at = 0;
      for (const { wait, ...one } of steps) {
        at += wait;
        circuit =
          "probe" in one
            ? recordProbe(circuit, one.probe, at)
            : recordCall(circuit, { ...one, at, begunAt: at - wait }, most);
        const allowance = allowanceOf(circuit);
        assert.ok(allowance === null || (allowance >= 0 && allowance <= most));
      }
    }),
  );
});

test("whatever order people are failed in, and how often, fewer than ten never shut out the others", () => {
  const failed = fc.record({ person: fc.integer({ min: 0, max: 8 }), wait: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(failed, { maxLength: 300 }), (given) => {
      let circuit = closedCircuit;
      let at = 0;
      for (const { person, wait } of given) {
        at += wait;
        circuit = recordCall(circuit, call({ person: String(person), at }), concurrency);
        assert.equal(circuit.state, "closed");
      }
    }),
  );
});
