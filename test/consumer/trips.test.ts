import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { startService, type TestService } from "../support/service.ts";
import { startApi } from "../support/test-api.ts";
import { startTripMeter, type Trip, type TripMeter } from "../support/trip.ts";

// How many files and named functions of ours a reader has to open to follow one message. Where a bound is passed, merge
// what only forwards; where a trip gets shorter, lower its bound.

/** What goes on all the time, whether there is a message or not. */
const background =
  /-job\.ts |\/(?:repeating-job|group-replay-(?:handler|store)|retrying-database|(?:replay|repair|quarantine|waiting|backlog|refresh|replica)-store|replica-report|app\/checks|intake-state-store|web-connections)\.ts /;

const expectAtMost = ({ files, functions }: Trip, most: { readonly files: number; readonly functions: number }) => {
  const counts = `${files.length} files, ${functions.length} functions`;
  assert.ok(files.length <= most.files && functions.length <= most.functions, `${counts}:\n${functions.join("\n")}`);
};

function findShortest(trips: readonly Trip[]): Trip {
  const [shortest] = trips.toSorted((one, other) => one.functions.length - other.functions.length);
  assert.ok(shortest);
  return shortest;
}

describe("one message, from the queue to the row and its deletion, enters", () => {
  let service: TestService;
  let meter: TripMeter;
  before(async () => {
    service = await startService();
    meter = await startTripMeter();
    // What a first message does and no later one: open connections, ask for a token.
    await follow({ kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null });
  });
  after(async () => {
    await meter[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  /** The shortest trip of several: a failure in the background may come between. */
  const shortest = async (actions: readonly Action[]): Promise<Trip> => {
    const trips: Trip[] = [];
    for (const action of actions) trips.push(await follow(action));
    return findShortest(trips);
  };
  const follow = (action: Action): Promise<Trip> =>
    meter.measure(async () => {
      const [sent] = await service.mpc.act("A1004AA", action);
      assert.ok(sent);
      await service.settled(sent.messageId);
      // Deleting it is a part of its trip.
      while ((await service.queue.count()).inFlight > 0);
    }, background);

  it("at most 25 files and 100 functions where a handover date changes", async () => {
    const dates = ["2027-01-03", "2027-01-04", "2027-01-05", "2027-01-06", "2027-01-07"];
    const trip = await shortest(
      dates.map((handoverDate) => ({ kind: "setHandover", handoverDate, handoverStartDate: null })),
    );
    expectAtMost(trip, { files: 25, functions: 100 });
  });

  it("at most 34 files and 125 functions where an officer is new to Delius", async () => {
    const newcomers = ["Newman", "Newcombe", "Newbold"].map((surname, index) => ({
      ...managers[0],
      code: 777_777 + index,
      forename: "Nova",
      surname,
      email: null,
    }));
    const trip = await shortest(newcomers.map((manager) => ({ kind: "allocate", manager, prison: "LEI" })));
    expectAtMost(trip, { files: 34, functions: 125 });
  });
});

it("one case that is read enters at most 14 files and 36 functions", async () => {
  await using api = await startApi();
  const read = () => api.get("/case-records/X100001");
  await read();
  await using meter = await startTripMeter();
  const trips: Trip[] = [];
  while (trips.length < 5) trips.push(await meter.measure(read, background));
  expectAtMost(findShortest(trips), { files: 14, functions: 36 });
});
