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

interface Bound {
  readonly files: number;
  readonly functions: number;
}

const isWithin = ({ files, functions }: Trip, most: Bound) =>
  files.length <= most.files && functions.length <= most.functions;

/** Expects one of ten trips to keep the bound: on a busy machine most of them meet work of the background. */
async function expectAtMost(most: Bound, measure: (turn: number) => Promise<Trip>): Promise<void> {
  const trips: Trip[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const trip = await measure(turn);
    if (isWithin(trip, most)) return;
    trips.push(trip);
  }
  const [shortest] = trips.toSorted((one, other) => one.functions.length - other.functions.length);
  const { files = [], functions = [] } = shortest ?? {};
  assert.fail(`${files.length} files, ${functions.length} functions:\n${functions.join("\n")}`);
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

  const follow = (action: Action): Promise<Trip> =>
    meter.measure(async () => {
      const [sent] = await service.mpc.act("A1004AA", action);
      assert.ok(sent);
      await service.settled(sent.messageId);
      // Deleting it is a part of its trip.
      while ((await service.queue.count()).inFlight > 0);
    }, background);

  it("at most 25 files and 100 functions where a handover date changes", async () => {
    await expectAtMost({ files: 25, functions: 100 }, (turn) =>
      follow({ kind: "setHandover", handoverDate: `2027-01-${10 + turn}`, handoverStartDate: null }),
    );
  });

  it("at most 33 files and 123 functions where an officer is new to Delius", async () => {
    await expectAtMost({ files: 33, functions: 123 }, (turn) => {
      const newcomer = { code: 777_777 + turn, forename: "Nova", surname: `Newman${"abcdefghij".charAt(turn)}` };
      return follow({ kind: "allocate", manager: { ...managers[0], ...newcomer, email: null }, prison: "LEI" });
    });
  });
});

it("one case that is read enters at most 14 files and 36 functions", async () => {
  await using api = await startApi();
  const read = () => api.get("/case-records/X100001");
  await read();
  await using meter = await startTripMeter();
  await expectAtMost({ files: 14, functions: 36 }, () => meter.measure(read, background));
});
