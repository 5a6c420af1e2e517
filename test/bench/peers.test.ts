import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startProgram } from "../../bench/program.ts";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { startPeers } from "../../sandbox/peers.ts";
import { describeChanges, type Changes, type Tell } from "../support/delius-changes.ts";
import { takeSnapshot, type Snapshot } from "../support/delius-rows.ts";
import { startService } from "../support/service.ts";
import { startApi } from "../support/test-api.ts";
import { createTestDatabase } from "../support/test-database.ts";

// What the service is measured against must do the same work: else the figures would say nothing.

const patienceMs = 20_000;

interface Deed {
  readonly noms: string;
  readonly action: Action;
  readonly at: string;
}

const [stranger, ruth, jo, amal] = managers;
assert.ok(stranger && ruth && jo && amal);
const replaced = "A1002AA";
const deeds: readonly Deed[] = [
  { noms: replaced, action: { kind: "allocate", manager: stranger, prison: "LEI" }, at: "2026-04-02T10:30:00Z" },
  { noms: replaced, action: { kind: "allocate", manager: ruth, prison: "LEI" }, at: "2026-04-02T11:30:00Z" },
  {
    noms: replaced,
    action: { kind: "allocate", manager: { ...ruth, email: "new@example.com" }, prison: "LEI" },
    at: "2026-04-02T11:40:00Z",
  },
  { noms: replaced, action: { kind: "allocate", manager: jo, prison: "MDI" }, at: "2026-07-02T11:30:00Z" },
  { noms: replaced, action: { kind: "deallocate" }, at: "2026-07-01T11:30:00Z" },
  { noms: replaced, action: { kind: "deallocate" }, at: "2026-07-03T11:30:00Z" },
  { noms: "A1001AA", action: { kind: "allocate", manager: amal, prison: "WDI" }, at: "2026-01-20T23:30:00Z" },
  {
    noms: "A1004AA",
    action: { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: "2026-12-24" },
    at: "2026-04-02T10:30:00Z",
  },
  {
    noms: replaced,
    action: { kind: "setHandover", handoverDate: "2027-02-01", handoverStartDate: null },
    at: "2026-04-02T10:30:00Z",
  },
];

/** Delius keeps whole seconds. */
function startOfSecond(): number {
  return Math.floor(Date.now() / 1_000) * 1_000;
}

// Each connection takes five hundred keys in advance, and how many connections write is no one's business here.
const firstNewKey = 2_500_000_000;

/** The moment of writing and new keys differ from run to run; all that was so before is described as it is. */
function describeBefore(start: number): Tell {
  return (value) => {
    if (typeof value === "number" && value >= firstNewKey) return "a new key";
    if (typeof value !== "string") return value;
    const isNow = /^\d{4}-\d\d-\d\dT/.test(value) && Date.parse(value) >= start;
    return isNow ? "now" : value.replaceAll(now(start), "{now}");
  };
}

function now(start: number): RegExp {
  const [year, month, day] = new Date(start).toISOString().slice(0, 10).split("-");
  return new RegExp(`${day}/${month}/${year}( \\d\\d:\\d\\d:\\d\\d)?`, "g");
}

type ByTable = Readonly<Record<string, readonly string[]>>;

function deliusOf(before: Snapshot, after: Snapshot, start: number): ByTable {
  const all = describeChanges(before, after, describeBefore(start));
  const ofDelius = Object.entries(all).filter(([table]) => !table.startsWith("mpc_delius."));
  return Object.fromEntries(ofDelius.map(([table, rows]) => [table, listRows(rows)]));
}

/** New rows are counted by key, so their numbers depend on which connections wrote them: they are left out. */
function listRows(rows: Changes[string]): readonly string[] {
  return Object.entries(rows)
    .map(([name, row]) => `${name.replace(/ \d+ of (?=.*: added$)/, " of ")} ${JSON.stringify(row)}`)
    .toSorted();
}

async function playToService(): Promise<ByTable> {
  await using service = await startService();
  const start = startOfSecond();
  const before = await takeSnapshot(service.database);
  for (const { noms, action, at } of deeds) {
    const [event] = await service.mpc.act(noms, action, { occurredAt: new Date(at) });
    assert.ok(event);
    await service.settled(event.messageId);
  }
  return deliusOf(before, await takeSnapshot(service.database), start);
}

async function playToPeer(): Promise<ByTable> {
  await using database = await createTestDatabase();
  await using standIns = await startPeers();
  const environment = { DATABASE_URL: database.url, ...standIns.environment };
  await using _ = await startProgram({ run: ["bench/peers/consumer-peer.ts"], environment, readyWhen: "ready" });
  const start = startOfSecond();
  const before = await takeSnapshot(database);
  for (const { noms, action, at } of deeds) {
    // The peer does not know what to do with two changes of one second.
    await wait(1_000 - (Date.now() % 1_000));
    await standIns.mpc.act(noms, action, { occurredAt: new Date(at) });
    const until = performance.now() + patienceMs;
    for (;;) {
      const { visible, inFlight } = await standIns.queue.count();
      if (visible + inFlight === 0) break;
      assert.ok(performance.now() < until, "The peer has not worked through an event.");
    }
  }
  return deliusOf(before, await takeSnapshot(database), start);
}

describe("the ordinary consumer", () => {
  it("writes the Delius rows that the service writes", async () => {
    const [ours, theirs] = [await playToService(), await playToPeer()];
    const tables = ["contact", "key_date", "prison_offender_manager", "responsible_officer", "staff", "staff_team"];
    assert.deepEqual(Object.keys(ours).toSorted(), tables);
    assert.deepEqual(theirs, ours);
  });
});

describe("the ordinary API", () => {
  it("answers what the service answers", async () => {
    await using api = await startApi();
    const environment = { ...api.environment, DATABASE_URL: api.database.url, PORT: "0" };
    await using peer = await startProgram({ run: ["bench/peers/api-peer.ts"], environment, readyWhen: "ready" });
    const ask = async (path: string, claims = {}) => {
      const headers = { authorization: `Bearer ${await api.issuer.sign(claims)}` };
      const address = `http://127.0.0.1:${peer.readyLine.slice("ready ".length)}`;
      const response = await fetch(address + path, { headers });
      return { status: response.status, body: await response.json() };
    };
    const people = await api.database.query("select crn, noms_number from offender order by offender_id");
    const named = people.flatMap(({ crn, noms_number: noms }) => [crn, noms].filter((one) => typeof one === "string"));
    const answers = new Set<number>();
    for (const identifier of [...named, "x100001", "nobody", "A9999ZZ"]) {
      const path = `/case-records/${identifier}`;
      const [ours, theirs] = [await api.get(path), await ask(path)];
      answers.add(ours.status);
      assert.equal(theirs.status, ours.status, path);
      if (ours.status === 200) assert.deepEqual(theirs.body, ours.body);
    }
    assert.deepEqual(
      [...answers].toSorted((one, other) => one - other),
      [200, 400, 404],
    );
    assert.equal((await ask("/case-records/X100001", { authorities: ["ROLE_OTHER"] })).status, 403);
    assert.equal((await ask("/case-records/X100001", { iss: "somebody else" })).status, 401);
  });
});
