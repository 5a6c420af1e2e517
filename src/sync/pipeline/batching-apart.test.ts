import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  gatheringMs,
  immediate,
  nextTurn,
  oneWriter,
  running,
  settled,
} from "../../../test/support/controlled-settling.ts";
import { preparedFor } from "../../../test/support/pipeline-fixture.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { createBatching } from "./batching.ts";
import type { Prepared } from "./prepared-message.ts";
import type { SettleBatch, Way } from "./settle-batch.ts";
import type { Failed } from "./write-in-groups.ts";

const failed = (code: string): Failed => ({
  kind: "failed",
  error: new DependencyError("database", code, { code }),
});

describe("a message that fails by itself in a set", () => {
  /** Two messages of which the second fails so when it is settled with others. */
  const settleTwo = (errorClass: string, way: "together" | "apart") => {
    const { sets, settleBatch } = immediate((keys) =>
      keys.map((key) => (key === "key-2" && keys.length > 1 ? failed(errorClass) : settled)),
    );
    const settle = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 })[way];
    const [first, second] = [1, 2].map((person) => settle(preparedFor(person), running));
    return { sets, first, second };
  };

  for (const way of ["together", "apart"] as const) {
    test(`fails with what it failed with, costs no other transaction, and spoils no other (${way})`, async () => {
      const { sets, first, second } = settleTwo("XX000", way);
      await assert.rejects(second ?? assert.fail(), { errorClass: "XX000" });
      assert.deepEqual(await first, settled);
      assert.deepEqual(sets, [["key-1", "key-2"]]);
    });

    for (const [errorClass, why] of [
      ["40001", "someone was faster"],
      ["55P03", "a lock did not come"],
      ["57014", "there was too little time"],
      ["P0001", "Delius refuses it"],
    ] as const) {
      test(`is settled alone where ${why} (${way})`, async () => {
        const { sets, first, second } = settleTwo(errorClass, way);
        assert.deepEqual(await Promise.all([first, second]), [settled, settled]);
        assert.deepEqual(sets, [["key-1", "key-2"], ["key-2"]]);
      });
    }
  }
});

describe("a set that fails because of one of its messages", () => {
  /** Settles so many sets of twenty, one after the other; these people are refused. Answers how each was settled. */
  const settleSets = async (count: number, refused: readonly number[]) => {
    const ways: (number | string)[] = [];
    const settleBatch: SettleBatch = async (set, { way }) => {
      ways.push(typeof way === "string" ? way : way.groupsOf);
      const isRefused = ({ message }: Prepared) => refused.some((one) => message.envelope.inboxKey === `key-${one}`);
      if (way === "together" && set.some(isRefused)) throw new DependencyError("database", "XX000");
      return set.map((prepared) => (isRefused(prepared) ? failed("XX000") : settled));
    };
    const { together } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 20 });
    const failures: number[] = [];
    for (let set = 0; set < count; set += 1) {
      const persons = Array.from({ length: 20 }, (_, index) => set * 20 + index);
      const endings = await Promise.allSettled(persons.map((person) => together(preparedFor(person), running)));
      failures.push(...persons.filter((_, index) => endings[index]?.status === "rejected"));
    }
    return { ways, failures };
  };

  test("is written the next time in groups of the square root of its size, and that message alone is refused", async () => {
    const { ways, failures } = await settleSets(1, [7]);
    assert.deepEqual(ways, ["together", 4]);
    assert.deepEqual(failures, [7]);
  });

  test("has the next begun in groups, since others may follow, and each in larger ones where none does", async () => {
    const { ways } = await settleSets(20, [7]);
    const groups = ways.filter((way) => typeof way === "number");
    assert.deepEqual(ways, ["together", ...groups, ...ways.slice(1 + groups.length).map(() => "together")]);
    assert.deepEqual(
      groups,
      groups.toSorted((one, other) => one - other),
    );
    assert.deepEqual([groups.length, groups.at(-1)], [15, 22]);
  });

  test("has them begun in groups that suit how many fail", async () => {
    const oneInTwenty = Array.from({ length: 40 }, (_, set) => set * 20 + 3);
    const half = Array.from({ length: 400 }, (_, index) => index * 2);
    for (const [refused, size] of [
      [oneInTwenty, 4],
      [half, 1],
    ] as const) {
      const { ways, failures } = await settleSets(40, refused);
      assert.deepEqual([failures, ways.at(-1)], [refused, size]);
    }
  });
});

for (const way of ["together", "apart"] as const) {
  test(`a message whose time is up joins no set (${way})`, async () => {
    const { sets, settleBatch } = immediate((keys) => keys.map(() => settled));
    const settle = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 })[way];
    const late = AbortSignal.abort(new Error("time is up"));
    const endings = [1, 2, 3].map((person) => settle(preparedFor(person), person === 2 ? late : running));
    await assert.rejects(endings[1] ?? assert.fail(), /time is up/);
    assert.deepEqual(await Promise.all([endings[0], endings[2]]), [settled, settled]);
    assert.deepEqual(sets, [["key-1", "key-3"]]);
  });
}

describe("messages that have failed before", () => {
  const settleApart = (settleBatch: SettleBatch) => {
    const { apart } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    return Promise.allSettled([1, 2, 3].map((person) => apart(preparedFor(person), running)));
  };

  test("share a transaction in which each is written by itself", async () => {
    const ways: Way[] = [];
    const endings = await settleApart(async (set, { way }) => {
      ways.push(way);
      return set.map(() => settled);
    });
    assert.deepEqual(ways, [{ groupsOf: 1 }]);
    assert.ok(endings.every(({ status }) => status === "fulfilled"));
  });

  test("are each settled alone where their set fails as a whole", async () => {
    const { sets, settleBatch } = immediate((keys) => {
      if (keys.length > 1) throw new Error("a row that cannot be read");
      return [settled];
    });
    await settleApart(settleBatch);
    assert.deepEqual(sets, [["key-1", "key-2", "key-3"], ["key-1"], ["key-2"], ["key-3"]]);
  });

  test("go on apart without the one that blocks them", async () => {
    const { sets, settleBatch } = immediate((keys) => {
      const place = keys.indexOf("key-2");
      return place >= 0 && keys.length > 1 ? { alone: [place] } : keys.map(() => settled);
    });
    await settleApart(settleBatch);
    assert.deepEqual(sets, [["key-1", "key-2", "key-3"], ["key-2"], ["key-1", "key-3"]]);
  });

  /** Batching in which a message has just failed again, alone or beside another; later ones are settled. */
  const startFailing = async (beside: readonly number[] = []) => {
    const { sets, settleBatch } = immediate((keys) => {
      if (keys.length === 1 && keys.includes("key-0")) throw new Error("still a bad case");
      return keys.map((key) => (key === "key-0" ? failed("XX000") : settled));
    });
    const { apart } = createBatching({ settleBatch, random: () => 0, writers: oneWriter, largestSet: 16 });
    const endings = await Promise.allSettled([0, ...beside].map((person) => apart(preparedFor(person), running)));
    assert.deepEqual(endings.map(({ status }) => status).slice(0, 1), ["rejected"]);
    return { sets: () => sets.slice(1), apart };
  };

  for (const beside of [[], [9]]) {
    const how = beside.length === 0 ? "alone" : "in a set";
    test(`wait for each other while they go on failing, for each would cost a transaction (${how})`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const { sets, apart } = await startFailing(beside);
      const first = apart(preparedFor(1), running);
      await nextTurn();
      t.mock.timers.tick(gatheringMs - 1);
      const second = apart(preparedFor(2), running);
      await nextTurn();
      assert.deepEqual(sets(), []);
      t.mock.timers.tick(1);
      await Promise.all([first, second]);
      assert.deepEqual(sets(), [["key-1", "key-2"]]);
    });
  }

  for (const persons of [[1], [1, 2]]) {
    const how = persons.length === 1 ? "alone" : "in a set";
    test(`do not wait once they are settled again, however many are about one person (${how})`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const { sets, apart } = await startFailing();
      const first = persons.map((person) => apart(preparedFor(person), running));
      await nextTurn();
      t.mock.timers.tick(gatheringMs);
      await Promise.all(first);
      for (const key of ["a", "b", "c"]) await apart(preparedFor(1, key), running);
      assert.deepEqual(sets(), [persons.map((person) => `key-${person}`), ["a"], ["b"], ["c"]]);
    });
  }

  test("wait no longer when they are twelve", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { sets, apart } = await startFailing();
    await Promise.all(Array.from({ length: 12 }, (_, index) => apart(preparedFor(index + 1), running)));
    assert.deepEqual(
      sets().map(({ length }) => length),
      [12],
    );
  });
});
