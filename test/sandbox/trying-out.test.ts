import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeJwt } from "jose";
import type { Browser } from "playwright-core";
import { listListeners } from "../../sandbox/port-holder.ts";
import { checkWidth } from "../console/check-page.ts";
import { openBrowser } from "../support/browser.ts";
import { makeStateFolder, portsIn, startProcess, type StartedProcess, type StateFolder } from "./sandbox-process.ts";
import { runSandboxCommand } from "./service-process.ts";

const all = new AsyncDisposableStack();
let state: StateFolder;
let started: StartedProcess;
let printed = "";

before(async () => {
  state = all.use(await makeStateFolder());
  // HOST is not for the sandbox. What an outage holds up is tried again soon.
  started = all.use(
    startProcess({ directory: state.directory, environment: { HOST: "0.0.0.0", RETRY_DELAYS_S: "3" } }),
  );
  printed = await started.ready();
});
after(() => all.disposeAsync());

function addressOf(what: string): string {
  return new RegExp(`^${what} +(\\S+)$`, "m").exec(printed)?.[1] ?? "";
}

async function readPage(): Promise<string> {
  return (await fetch(addressOf("Simulator of Manage POM Cases"))).text();
}

/** What the page shows of a person. */
async function readPerson(name: string): Promise<string> {
  const [, person] = new RegExp(`<article id="${name}">([^]*?)</article>`).exec(await readPage()) ?? [];
  assert.ok(person !== undefined, `${name} is not on the page`);
  return person;
}

/** Presses a button of the page; answers where one is sent. */
async function press(fields: Readonly<Record<string, string>>): Promise<string | null> {
  const body = new URLSearchParams(fields);
  const answer = await fetch(addressOf("Simulator of Manage POM Cases"), { method: "POST", body, redirect: "manual" });
  assert.equal(answer.status, 303, await answer.text());
  return answer.headers.get("location");
}

function send(...words: readonly string[]) {
  return runSandboxCommand("send-command.ts", words, { SANDBOX_DIRECTORY: state.directory });
}

function askStatus(...words: readonly string[]) {
  return runSandboxCommand("status-command.ts", words, { SANDBOX_DIRECTORY: state.directory });
}

describe("the sandbox", () => {
  it("listens on 127.0.0.1 and nowhere else, no matter what HOST says", async () => {
    const own = [started.pid, await state.serverPid()];
    const listeners = await listListeners();
    const ours = listeners.filter(({ holder }) => holder !== null && own.includes(holder.pid));
    assert.deepEqual(new Set(ours.map(({ port }) => port)), new Set(portsIn(printed)));
    assert.equal(ours.length, 6);
    const elsewhere = listeners.filter(
      ({ address, port }) => portsIn(printed).includes(port) && address !== "127.0.0.1",
    );
    assert.deepEqual(elsewhere, []);
  });
});

describe("the simulator's page", () => {
  const buttons = (html: string) => [...html.matchAll(/<button[^>]*>([^<]*)</g)].map(([, text]) => text);

  it("offers only what makes sense for a person", async () => {
    assert.deepEqual(buttons(await readPerson("A1004AA")), ["Allocate", "Set dates", "Add another sentence"]);
    assert.deepEqual(buttons(await readPerson("A1002AA")), [
      "Reallocate",
      "Set dates",
      "Deallocate",
      "Clear dates",
      "Release",
      "Add another sentence",
    ]);
    assert.deepEqual(buttons(await readPerson("X100007")), ["Add another sentence", "Give the number"]);
    assert.deepEqual(buttons(await readPerson("A1012AA")), ["Allocate", "Set dates"]);
  });

  it("links each person and each message to its page of the console", async () => {
    const page = await readPage();
    const [console] = addressOf("Console").split(/(?<=console)/);
    const found = [...page.matchAll(/<a href="(http[^"]+)">[^<]* in the console</g)].map(([, href = ""]) => href);
    const named = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name]) => name);
    assert.deepEqual(found, [
      ...named(/<article id="(\w+)">/g).map((name) => `${console}/cases/${name}`),
      ...named(/<li id="([^"]+)">/g).map((key) => `${console}/messages/${key}`),
    ]);
    assert.ok(found.some((address) => address.includes("/messages/")));
  });

  it("shows at once beside a change what came of it in Delius", async () => {
    assert.equal(await press({ kind: "allocate", noms: "A1008AA", manager: "485637", prison: "MDI" }), "/#A1008AA");
    const person = await readPerson("A1008AA");
    assert.match(person, /<h4>Delius<\/h4>.*<strong>MOIC POM<\/strong>, Moorland Prison/);
    assert.match(person, /<p class="result written"><strong>PomAllocated<\/strong>/);
  });

  it("unblocks what waits: a sentence is added, and then the dates are", async () => {
    await press({ kind: "setHandover", noms: "A1006AA", handoverStartDate: "2027-01-04", handoverDate: "2027-02-01" });
    assert.match(await readPerson("A1006AA"), /class="result waiting"/);
    assert.equal(await press({ kind: "addSentence", crn: "X100006" }), "/#X100006");
    const person = await readPerson("A1006AA");
    assert.match(person, /<h4>Delius<\/h4>.*Start <strong>04\/01\/2027<\/strong>, handover <strong>01\/02\/2027</);
    assert.match(person, /<small id="X100006">/);
  });

  it("gives a case a prison number, and announces it as Delius does", async () => {
    await press({ kind: "addPrisonNumber", crn: "X100007", noms: "a1007aa" });
    assert.match(await readPerson("A1007AA"), /NotReadyToAllocate/);
    assert.match(
      await readPage(),
      /<ol class="announced"><li [^]*?identifier\.<wbr>added<\/strong> about <a href="#A1007AA"/,
    );
  });

  it("shows the newest message first, decoded", async () => {
    await press({ kind: "deallocate", noms: "A1008AA" });
    const [, newest = ""] = /<ol class="announced">(<li [^]*?<\/li>)/.exec(await readPage()) ?? [];
    assert.match(newest, /<details open>/);
    assert.match(newest, /\n {2}&quot;additionalInformation&quot;: \{\n {4}&quot;staffCode&quot;: null,/);
    assert.match(newest, /PomDeallocated/);
  });

  it("has a button for a duplicate, a poison message and an outage", async () => {
    await press({ kind: "duplicate" });
    assert.match(await readPage(), /<ol class="announced"><li [^]*?delivered 2 times/);
    await press({ kind: "poison" });
    assert.match(await readPage(), /<ol class="announced"><li [^]*?UnreadableMessage/);
    await press({ kind: "outage", state: "on" });
    assert.match(await readPage(), /<div class="alert" role="alert">.*is out of service/);
    await press({ kind: "allocate", noms: "A1009AA", manager: "485638", prison: "LEI" });
    assert.match(await readPage(), /<ol class="announced"><li [^]*?Not settled yet/);
    await press({ kind: "outage", state: "off" });
    await started.told("A1009AA  offender-management.allocation.changed");
    assert.match(await readPerson("A1009AA"), /PomAllocated/);
    assert.doesNotMatch(await readPage(), /class="alert"/);
  });

  it("says why a form is not carried out, and escapes what it shows", async () => {
    const body = new URLSearchParams({ kind: "duplicate", inboxKey: "<script>" });
    const answer = await fetch(addressOf("Simulator of Manage POM Cases"), { method: "POST", body });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /role="alert"><p>There is no such message to deliver again/);
    await press({ kind: "allocate", noms: "Z9999ZZ", manager: "485638", prison: "LEI" });
    assert.match(await readPerson("Z9999ZZ"), /Delius has no case with this number/);
    assert.doesNotMatch(await readPage(), /<script/);
  });
});

describe("the pages of the sandbox in a browser", () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  const open = async (what: string, width: number) => {
    const page = await browser.newPage({ viewport: { width, height: 700 } });
    await page.goto(addressOf(what));
    return page;
  };

  it("fit a window of 320 px", async () => {
    for (const what of ["Simulator of Manage POM Cases", "Event documents"]) {
      await checkWidth(await open(what, 320), "at 320 px");
    }
  });

  it("show people in one column, in a wide window too", async () => {
    for (const width of [320, 1280]) {
      const page = await open("Simulator of Manage POM Cases", width);
      const boxes = await Promise.all((await page.locator("article").all()).map((person) => person.boundingBox()));
      assert.ok(boxes.length > 10);
      assert.equal(new Set(boxes.map((box) => box?.x)).size, 1);
      const tops = boxes.map((box) => box?.y ?? 0);
      assert.equal(new Set(tops).size, boxes.length);
    }
  });

  it("let the keyboard reach what scrolls by itself", async () => {
    const page = await open("Event documents", 320);
    const wanted = await page.locator(".scroll").count();
    const reached = new Set<unknown>();
    const limit = await page.locator("a[href], [tabindex='0'], button, summary").count();
    for (let step = 0; step < limit && reached.size < wanted; step += 1) {
      await page.keyboard.press("Tab");
      const isScroll = await page.evaluate("document.activeElement.matches('.scroll')");
      if (isScroll === true)
        reached.add(await page.evaluate("document.activeElement.getBoundingClientRect().top + scrollY"));
    }
    assert.ok(wanted > 0);
    assert.equal(reached.size, wanted);
  });
});

describe("npm run send", () => {
  it("sends an event and says its key and what came of it", async () => {
    const { code, output, errors } = await send("allocation", "A1010AA", "--officer", "Adeyemi", "--prison", "LEI");
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /^Sent offender-management\.allocation\.changed\nKey {2}[\w-]{36}\n→ PomAllocated\n/);
    assert.match(output, /\nMore: npm run explain -- A1010AA\n$/);
  });

  it("sends a duplicate of the last message", async () => {
    const [first, second] = [await send("handover", "A1005AA"), await send("duplicate")];
    const keyIn = (output: string) => /^Key {2}(.*)$/m.exec(output)?.[1];
    assert.equal(keyIn(second.output), keyIn(first.output));
    assert.match(second.output, /\n→ Duplicate\n/);
  });

  it("sends a poison message", async () => {
    assert.match((await send("poison")).output, /\n→ UnreadableMessage\n {2}The message is not JSON\.\n/);
  });

  it("says when nothing came of it yet, and where to look", async () => {
    await send("outage", "on");
    const { code, output } = await send("deallocation", "A1010AA", "--wait", "0");
    assert.equal(code, 0);
    assert.match(output, /^Manage POM Cases is out of service[^]*Not settled yet\. Look at http/);
    assert.match((await send("outage", "off")).output, /^Manage POM Cases answers\.\n$/);
  });

  it("refuses what it cannot do, with what it can", async () => {
    const endings = await Promise.all([
      send("alocation"),
      send("sentence", "X999999"),
      send("allocation", "--officer", "No"),
      send("poison", "--wait", "61"),
    ]);
    assert.deepEqual(
      endings.map(({ code, errors }) => [code, errors.split("\n")[0]]),
      [
        [2, "alocation cannot be sent."],
        [1, "Delius has no case X999999 that is not deleted."],
        [1, "The officer must be one of 485637 (POM), 485638 (Adeyemi), 485639 (Lindqvist), 485640 (Haddad)."],
        [1, "The time to wait must be at most 60 seconds."],
      ],
    );
    assert.match((await send("--help")).output, /^Usage: npm run send -- <what>/);
  });

  it("is for no real service and for no sandbox that does not run", async () => {
    const real = { SANDBOX_DIRECTORY: state.directory, SQS_QUEUE_URL: "https://sqs.example.com/queue" };
    const refused = await runSandboxCommand("send-command.ts", ["poison"], real);
    assert.deepEqual([refused.code, refused.output], [1, ""]);
    assert.match(refused.errors, /names real parts of the service/);
    await using other = await makeStateFolder();
    const missing = await runSandboxCommand("send-command.ts", ["poison"], { SANDBOX_DIRECTORY: other.directory });
    assert.match(missing.errors, /^No sandbox runs in .*: start one with `npm start`\.\n$/);
  });
});

describe("npm run status", () => {
  it("shows the last messages, a token for each role and the addresses", async () => {
    const { code, output, errors } = await askStatus();
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /^The last messages, the newest at the end\n[^]*→ UnreadableMessage/);
    assert.match(output, /\nTokens for the API, good for 60 minutes, until \d/);
    const tokens = [...output.matchAll(/^[\w-]+: (ROLE_\w+)\n(eyJ\S+)$/gm)];
    assert.deepEqual(
      tokens.map(([, role, token = ""]) => [role, decodeJwt(token)["authorities"]]),
      [
        "ROLE_PROBATION_API__MANAGE_POM_CASES__CASE_DETAIL",
        "ROLE_MPC_DELIUS_VIEW",
        "ROLE_MPC_DELIUS_OPERATE",
        "ROLE_QUEUE_ADMIN",
      ].map((role) => [role, [role]]),
    );
    assert.deepEqual(new Set(portsIn(output)), new Set(portsIn(printed)));
  });

  it("prints one token alone for a script", async () => {
    const { output } = await askStatus("--token", "case-detail");
    const address = `${addressOf("Health of the service").replace("/health", "")}/case-records/A1001AA`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${output.trim()}` } });
    assert.equal(answer.status, 200);
    assert.equal((await askStatus("--token", "everything")).code, 2);
  });
});
