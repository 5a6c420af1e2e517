import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPlaces, type Place } from "./work-places.ts";

function takeAll(places: ReturnType<typeof createPlaces>, most: number): Place[] {
  const taken: Place[] = [];
  for (let place = places.take(most); place !== null; place = places.take(most)) taken.push(place);
  return taken;
}

describe("places", () => {
  test("are taken by so many at once", () => {
    const places = createPlaces({ overtakenBy: 4, maxOvertaken: 4 });
    const taken = takeAll(places, 4);
    assert.equal(taken.length, 4);
    taken[2]?.leave();
    assert.equal(takeAll(places, 4).length, 1);
  });

  test("are given up by those whom as many others have overtaken", () => {
    const places = createPlaces({ overtakenBy: 4, maxOvertaken: 4 });
    const [, , , ...others] = takeAll(places, 4);
    for (let index = 0; index < 6; index += 1) {
      others.pop()?.leave();
      const next = places.take(4);
      assert.ok(next);
      others.push(next);
    }
    others.pop()?.leave();
    assert.ok(takeAll(places, 4).length > 1, "the three that are stuck hold no place any more");
  });

  test("are never more where everything is slow and ends in its order", () => {
    const places = createPlaces({ overtakenBy: 4, maxOvertaken: 4 });
    const inWork = takeAll(places, 4);
    for (let index = 0; index < 100; index += 1) {
      inWork.shift()?.leave();
      const next = takeAll(places, 4);
      assert.equal(next.length, 1);
      inWork.push(...next);
    }
  });

  test("are given up by no more than so many", () => {
    const places = createPlaces({ overtakenBy: 1, maxOvertaken: 2 });
    for (let index = 0; index < 100; index += 1) {
      const [, ...rest] = takeAll(places, 4);
      rest.at(-1)?.leave();
    }
    assert.ok(takeAll(places, 4).length <= 4);
    assert.equal(places.take(4), null);
  });
});
