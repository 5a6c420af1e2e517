import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { z } from "zod";
import { listenOn } from "../../sandbox/free-port.ts";
import {
  isListening,
  isRunning,
  makeStateFolder,
  portsIn,
  runProcess,
  startProcess,
  type StartedProcess,
  type StateFolder,
} from "./sandbox-process.ts";
import { runServiceCommand } from "./service-process.ts";

const played = ", which an earlier start played";

/** The story as it is printed, with dates and times masked by texts of the same width. */
function storyIn(printed: string): string {
  const story = printed.slice(0, printed.indexOf("\nConsole ")).replace(/\n─+$/, "").trimEnd();
  return `${story.replace(/\d\d\/\d\d\/\d{4}/g, "dd/MM/yyyy").replace(/\d\d:\d\d:\d\d/g, "HH:mm:ss")}\n`;
}

function addressOf(printed: string, what: string): string {
  const line = printed.split("\n").find((one) => one.startsWith(what));
  return line?.slice(what.length).trim() ?? "";
}

async function queryDelius(printed: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: addressOf(printed, "Delius database") });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Other sandboxes run at the same time: this one is to have its ports for itself, again and again. */
async function preferPortsOfNobody(directory: string): Promise<void> {
  const names = ["api", "auth", "database", "ldap", "mpc", "queue"];
  const ports: [string, number][] = [];
  for (let port = 20_000 + (process.pid % 10_000); ports.length < names.length; port += 1) {
    await using probe = createServer();
    const isFree = await listenOn(probe, port).then(
      () => true,
      () => false,
    );
    if (isFree) ports.push([names[ports.length] ?? "", port]);
  }
  await writeFile(path.join(directory, "ports.json"), JSON.stringify(Object.fromEntries(ports)));
}

// One after another: each goes on from the state that the one before it left.
describe("npm start", () => {
  let state: StateFolder;
  let started: StartedProcess;
  let printed = "";
  let story = "";
  const all = new AsyncDisposableStack();
  const start = async (...options: readonly string[]) => {
    started = all.use(startProcess({ directory: state.directory, arguments: options }));
    printed = await started.ready();
  };
  before(async () => {
    state = all.use(await makeStateFolder());
    await preferPortsOfNobody(state.directory);
    await start();
  });
  after(() => all.disposeAsync());

  it("plays the scenario on new state and prints what happened", async () => {
    const expected = await readFile(path.join(import.meta.dirname, "scenario-table.txt"), "utf8");
    assert.equal(storyIn(printed), expected);
  });

  it("prints the reallocation's diary entries exactly as Delius holds them", async () => {
    const rows = await queryDelius(
      printed,
      `select notes from contact join offender using (offender_id) where noms_number = 'A1002AA' order by contact_id`,
    );
    const quoted = [...printed.matchAll(/as it stands in Delius\n((?:│.*\n)+)/g)].map(([, block = ""]) => ({
      notes: block.trimEnd().replace(/^│ ?/gm, ""),
    }));
    assert.equal(rows.length, 2);
    assert.deepEqual(quoted, rows);
  });

  it("has set the poison message aside, whole", async () => {
    const rows = await queryDelius(
      printed,
      "select reason, state, body::json ->> 'Message' as message from mpc_delius.quarantine",
    );
    const message = '{"eventType": "offender-management.alloc';
    assert.deepEqual(rows, [{ reason: "UnreadableMessage", state: "held", message }]);
  });

  it("keeps the service's log out of the way, in a file without names", async () => {
    const log = await readFile(path.join(state.directory, "service.log"), "utf8");
    assert.ok(!printed.includes('"level":'));
    assert.match(log, /"outcomes":\["PomAllocated"\]/);
    assert.doesNotMatch(log, /A1001AA|Lindqvist/);
  });

  it("offers a page on which everything can be done, and says what came of it", async () => {
    const page = addressOf(printed, "Simulator of Manage POM Cases");
    const press = async (fields: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams({ noms: "A1002AA", ...fields });
      const answer = await fetch(page, { method: "POST", body, redirect: "manual" });
      assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/#A1002AA"]);
    };
    const dates = (handoverStartDate: string, handoverDate: string) => ({
      kind: "setHandover",
      handoverStartDate,
      handoverDate,
    });
    await press({ kind: "allocate", manager: "485640", prison: "WDI" });
    await started.told("→ PomAllocated");
    await press(dates("2027-01-04", "2027-02-01"));
    await started.told("→ KeyDateUpdated");
    assert.deepEqual(await readCase(printed), {
      pom: "N02A001",
      responsible: "N02A001",
      dates: ["POM1 2027-01-04", "POM2 2027-02-01"],
    });
    await press(dates("", ""));
    await started.told("→ KeyDateDeleted");
    await press({ kind: "deallocate" });
    await started.told("→ PomDeallocated");
    assert.deepEqual(await readCase(printed), { pom: "N02ALLU", responsible: "N02ALLU", dates: [] });
    await press({ kind: "release" });
    // One message of each fact, in either order.
    const outcomes = [await started.told("Change\n"), await started.told("Change\n")].map(
      (told) => /→ (No\w+)/.exec(told)?.[1] ?? "",
    );
    assert.deepEqual(new Set(outcomes), new Set(["NoKeyDateChange", "NoPomChange"]));
    assert.match(await (await fetch(page)).text(), /<article id="A1002AA">[^]*?No one is allocated[^]*?No dates/);
  });

  it("is what the service's commands work on where nothing is configured", async () => {
    const environment = { SANDBOX_DIRECTORY: state.directory };
    const { code, output, errors } = await runServiceCommand(["explain", "A1001AA"], environment);
    assert.deepEqual([code, errors], [0, ""]);
    const exported = { ...environment, DATABASE_URL: "postgres://127.0.0.1:9/delius" };
    const beside = await runServiceCommand(["explain", "A1001AA"], exported);
    assert.equal(beside.code, 0);
    assert.equal(beside.errors, "DATABASE_URL is left out: a sandbox runs here, and this is about its database.\n");
    assert.match(output, /^Case X100001, NOMS number A1001AA/);
    assert.match(output, /\(PomDeallocated\)/);
  });

  it("refuses a form that does not fit", async () => {
    const page = addressOf(printed, "Simulator of Manage POM Cases");
    const body = new URLSearchParams({ noms: "<b>", kind: "allocate", manager: "485640", prison: "XXX" });
    const answer = await fetch(page, { method: "POST", body });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /must be a NOMS number/);
  });

  it("shows the sandbox that runs already when it is started a second time, and never begins anew under it", async () => {
    const again = await runProcess({ directory: state.directory, arguments: ["--story"] });
    assert.deepEqual([again.code, again.errors], [0, ""]);
    assert.deepEqual(new Set(portsIn(again.output)), new Set(portsIn(printed)));
    assert.match(again.output, /^What happened in the scenario [^]*\nTokens for the API, /);
    const fresh = await runProcess({ directory: state.directory, arguments: ["--fresh"] });
    assert.deepEqual([fresh.code, fresh.output], [1, ""]);
    const page = addressOf(printed, "Simulator of Manage POM Cases");
    assert.match(
      fresh.errors,
      new RegExp(
        `already: process ${started.pid}, since \\d\\d/\\d\\d/\\d{4} \\d\\d:\\d\\d:\\d\\d\\. Its simulator: ${page}\\n`,
      ),
    );
    assert.equal((await fetch(addressOf(printed, "Health of the service"))).status, 200);
  });

  it("stops everything at Ctrl-C and leaves no process", async () => {
    const server = await state.serverPid();
    assert.ok(server !== null && (await isRunning(server)));
    const ports = portsIn(printed);
    assert.equal(ports.length, 6);
    const { code, errors, output } = await started.stop("SIGINT");
    assert.deepEqual([code, errors], [0, ""]);
    assert.ok(output.endsWith("Stopping …\nStopped.\n"));
    assert.equal(await isRunning(server), false);
    assert.deepEqual(
      await Promise.all(ports.map(isListening)),
      ports.map(() => false),
    );
  });

  it("goes on from there the next time, on the same ports, and says so in about twenty lines", async () => {
    const last = printed;
    await start();
    assert.deepEqual(portsIn(printed), portsIn(last));
    assert.ok(printed.trimEnd().split("\n").length <= 22, printed);
    assert.ok(last.endsWith(printed.slice(0, printed.indexOf("\nReady in")) + last.slice(last.indexOf("\nReady in"))));
    assert.equal((await readCase(printed)).pom, "N02ALLU");
    story = storyIn(last);
  });

  it("takes over from one that was killed", async () => {
    const server = await state.serverPid();
    const { signal } = await started.stop("SIGKILL");
    assert.equal(signal, "SIGKILL");
    assert.ok(server !== null && (await isRunning(server)));
    await start("--story");
    assert.equal(await isRunning(server), false);
    assert.equal((await readCase(printed)).pom, "N02ALLU");
  });

  it("prints the scenario again with --story", () => {
    const [title = "", ...rest] = storyIn(printed).split("\n");
    const [titleBefore = "", ...restBefore] = story.split("\n");
    assert.equal(title, titleBefore + played);
    assert.deepEqual(rest, restBefore);
  });

  it("begins anew with --fresh", async () => {
    await started.stop("SIGTERM");
    await start("--fresh");
    assert.doesNotMatch(storyIn(printed), new RegExp(played));
    assert.deepEqual(await readCase(printed), {
      pom: "N03B002",
      responsible: "N03B002",
      dates: ["POM1 2026-08-03", "POM2 2026-09-01"],
    });
  });
});

/** Who A1002AA's POM and responsible officer are by Delius, and the handover dates. */
async function readCase(printed: string) {
  const [row] = await queryDelius(
    printed,
    `select
      (select officer_code from prison_offender_manager pom join staff on staff_id = allocation_staff_id
        where offender_id = 2 and pom.end_date is null and pom.soft_deleted = 0) as pom,
      (select officer_code from responsible_officer ro join prison_offender_manager using (prison_offender_manager_id)
        join staff on staff_id = allocation_staff_id where ro.offender_id = 2 and ro.end_date is null) as responsible,
      (select coalesce(json_agg(code_value || ' ' || key_date order by code_value), '[]') from key_date
        join r_standard_reference_list on standard_reference_list_id = key_date_type_id
        where custody_id = 20 and soft_deleted = 0) as dates`,
  );
  return caseSchema.parse(row);
}

const caseSchema = z.object({ pom: z.string(), responsible: z.string(), dates: z.array(z.string()) });
