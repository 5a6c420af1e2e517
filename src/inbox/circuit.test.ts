import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  allowanceOf,
  closedCircuit,
  recordCall,
  recordProbe,
  sharedDependencies,
  type Call,
  type Circuit,
} from "./circuit.ts";

const concurrency = 16;
const second = 1000;

function call(rest: Partial<Call> = {}): Call {
  return { dependency: "mpc", person: "A", isWell: false, at: 0, ...rest };
}

function record(calls: readonly Call[], circuit: Circuit = closedCircuit): Circuit {
  return calls.reduce((state, one) => recordCall(state, one, concurrency), circuit);
}

/** So many failed calls, each about the next of so many people. */
function failures(count: number, people: number, rest: Partial<Call> = {}): readonly Call[] {
  return Array.from({ length: count }, (_, index) => call({ person: `P${index % people}`, ...rest }));
}

function successes(count: number, rest: Partial<Call> = {}): readonly Call[] {
  return Array.from({ length: count }, () => call({ isWell: true, ...rest }));
}

const opened = record(failures(10, 5));

describe("the circuit opens", () => {
  for (const dependency of sharedDependencies) {
    test(`when ten calls of ${dependency} in a row fail for five people`, () => {
      assert.deepEqual(record(failures(10, 5, { dependency })), {
        state: "open",
        dependency,
        since: 0,
        probeAt: second,
        failures: 0,
      });
    });
  }

  test("when half of the calls fail", () => {
    assert.equal(record([...successes(10), ...failures(10, 5)]).state, "open");
    assert.equal(record([...failures(5, 5), ...successes(5, { at: 1 }), ...failures(1, 1, { at: 2 })]).state, "open");
  });

  test("when the failures are spread over half a minute", () => {
    const spread = failures(10, 5).map((one, index) => ({ ...one, at: index * 3 * second }));
    assert.equal(record(spread).state, "open");
  });

  test("soon when the dependency fails in the middle of a burst, whatever went well before", () => {
    const busy = Array.from({ length: 29 }, (_, index) => successes(400, { at: index * second })).flat();
    assert.equal(record([...busy, ...failures(10, 5, { at: 29 * second })]).state, "open");
  });
});

describe("the circuit stays closed", () => {
  const rows: readonly (readonly [name: string, calls: readonly Call[]])[] = [
    ["when nine calls fail", failures(9, 9)],
    ["when calls fail for four people only, be they ever so many", failures(500, 4)],
    ["when fewer than half of the calls fail", [...successes(11), ...failures(10, 5)]],
    ["when all goes well", successes(1000)],
    [
      "when the failures are those of different dependencies",
      sharedDependencies.flatMap((one) => failures(9, 9, { dependency: one })),
    ],
    ["when five fail, and five more half a minute later", [...failures(5, 5), ...failures(5, 5, { at: 30 * second })]],
  ];
  for (const [name, calls] of rows) {
    test(name, () => {
      assert.equal(record(calls).state, "closed");
      assert.equal(allowanceOf(record(calls)), null);
    });
  }

  test("and remembers no more of a long burst than of a short one", () => {
    const burst = (from: number) =>
      Array.from({ length: 5_000 }, (_, index) => call({ isWell: true, at: (from + index / 100) * second }));
    const size = (circuit: Circuit) => (circuit.state === "closed" ? circuit.seconds.length : 0);
    assert.equal(size(record(burst(0))), 30);
    assert.equal(size(record([...burst(0), ...burst(50)])), 30);
  });
});

describe("an open circuit", () => {
  test("lets nothing in, whatever is told of calls that had begun", () => {
    assert.equal(allowanceOf(opened), 0);
    assert.deepEqual(record([...failures(50, 50), ...successes(50)], opened), opened);
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

  test("remembers since when it is open", () => {
    const later = recordProbe(recordProbe(opened, false, 5 * second), false, 9 * second);
    assert.ok(later.state === "open");
    assert.equal(later.since, 0);
  });

  test("is half open after a probe that goes well", () => {
    const halfOpen = recordProbe(opened, true, second);
    assert.equal(halfOpen.state, "half-open");
    assert.equal(allowanceOf(halfOpen), 1);
  });
});

describe("a half-open circuit", () => {
  const halfOpen = recordProbe(opened, true, second);
  const well = call({ isWell: true, at: second });

  test("lets one message in, then twice as many each time that all of them end well, and closes", () => {
    const allowances: (number | null)[] = [];
    let circuit = halfOpen;
    while (circuit.state !== "closed") {
      const allowance = allowanceOf(circuit) ?? 0;
      allowances.push(allowance);
      circuit = record(
        Array.from({ length: allowance }, () => well),
        circuit,
      );
    }
    assert.deepEqual(allowances, [1, 2, 4, 8]);
    assert.deepEqual(circuit, closedCircuit);
  });

  test("lets no more in before all of those have ended well", () => {
    assert.equal(allowanceOf(record([well, well], halfOpen)), 2);
    assert.equal(allowanceOf(record([well, well, well], halfOpen)), 4);
  });

  test("opens again when a message fails, for longer than before", () => {
    const again = record([well, call({ at: 5 * second })], halfOpen);
    assert.deepEqual(again, { state: "open", dependency: "mpc", since: 0, probeAt: 7 * second, failures: 1 });
  });

  test("does not care about other dependencies, nor about a probe that comes late", () => {
    const other = [call({ dependency: "database" }), call({ dependency: "auth", isWell: true })];
    assert.deepEqual(record(other, halfOpen), halfOpen);
    assert.deepEqual(recordProbe(halfOpen, false, second), halfOpen);
  });

  test("closes at once where only one message is in work at a time", () => {
    assert.deepEqual(recordCall(halfOpen, well, 1), closedCircuit);
  });
});

test("a probe does not concern a circuit that is closed", () => {
  assert.deepEqual(recordProbe(closedCircuit, false, 0), closedCircuit);
});

test("whatever happens, a circuit lets in nothing, all, or a power of two that is not above the concurrency", () => {
  const step = fc.oneof(
    fc.record({
      dependency: fc.constantFrom(...sharedDependencies),
      person: fc.constantFrom("A", "B", "C", "D", "E", "F", "G"),
      isWell: fc.boolean(),
      wait: fc.nat(2000),
    }),
    fc.record({ probe: fc.boolean(), wait: fc.nat(2000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 64 }), (steps, most) => {
      let circuit = closedCircuit;
      let at = 0;
      for (const { wait, ...one } of steps) {
        at += wait;
        circuit = "probe" in one ? recordProbe(circuit, one.probe, at) : recordCall(circuit, { ...one, at }, most);
        const allowance = allowanceOf(circuit);
        assert.ok(
          allowance === null || allowance === 0 || (allowance <= most && Number.isInteger(Math.log2(allowance))),
        );
      }
    }),
  );
});
