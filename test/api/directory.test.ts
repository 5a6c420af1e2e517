import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { after, afterEach, before, describe, it } from "node:test";
import { z } from "zod";
import { portOf } from "../../sandbox/free-port.ts";
import { startLdapServer, userBase } from "../../sandbox/ldap-server.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { openStaffDirectory } from "../../src/delius/staff/staff-directory.ts";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows } from "../support/case-rows.ts";

const hour = 3_600_000;
const managerSchema = z.object({ manager: z.looseObject({ code: z.string(), email: z.string().optional() }) });

/** Names that mean something in a filter or an address, each with an entry of its own; and some without. */
const oddNames = ["*", ")(cn=*", "a\\zz", "(|(cn=*))", "Zoë Øster", "名前", "x,ou=Users", "a#b;c", "  spaced  out "];
const namesWithoutEntry = ["Plain*", "*)(objectclass=*", "\\2a", "Plain\\00", "PlainUser1)(|(cn=*"];
const plainNames = Array.from({ length: 30 }, (_, index) => `PlainUser${index}`);
const withoutAddress = ["EmptyUser0", "EmptyUser1"];

const people = [...plainNames, ...oddNames, ...namesWithoutEntry, ...withoutAddress, "GoneUser0"].map((name, index) => {
  const number = String(index).padStart(3, "0");
  return { name, crn: `L000${number}`, code: `N03L${number}` };
});
const users = [...plainNames, ...oddNames].map((name, index) => ({
  name,
  surname: "Invented",
  mail: `address${index}@example.com`,
}));
const entries = [...users, ...withoutAddress.map((name) => ({ name, surname: "Invented" }))];

const unknownNow = "The manager's e-mail address is not known at the moment";

async function startDirectoryApi(settings: Parameters<typeof startApi>[0] = {}): Promise<TestApi> {
  return startApi({
    users: entries,
    ...settings,
    prepare: async (database) => {
      const rows = await createCaseRows(database);
      await rows.addOfficers(people.map(({ name, code }) => ({ code, users: [name] })));
      await rows.addCases(people.map(({ crn, code }) => ({ crn, managers: [{ officer: code }] })));
    },
  });
}

function pathOf(wanted: string): string {
  return `/case-records/${people.find(({ name }) => name === wanted)?.crn ?? ""}`;
}

async function emailOf(api: TestApi, name: string): Promise<string | undefined> {
  const { status, body } = await api.get(pathOf(name));
  assert.equal(status, 200, JSON.stringify(body));
  return managerSchema.parse(body).manager.email;
}

function mailOf(wanted: string): string | undefined {
  return users.find(({ name }) => name === wanted)?.mail;
}

/** Asks for a record whose address cannot be known now: never without the address, and told when to ask again. */
async function refuses(api: TestApi, name: string): Promise<void> {
  const began = performance.now();
  const { status, headers, body, text } = await api.get(pathOf(name));
  assert.ok(performance.now() - began < 2_000, "the answer takes less than two seconds");
  assert.deepEqual([status, headers.get("retry-after")], [503, "5"]);
  assert.equal(z.object({ message: z.string() }).parse(body).message, unknownNow);
  assert.doesNotMatch(text, /N03L|127\.0\.0\.1|ldap|cn=|stack/i);
}

describe("the address of a manager", () => {
  let api: TestApi;
  let now = Date.now();
  let next = 0;
  const newUser = () => plainNames[next++] ?? "";
  before(async () => {
    api = await startDirectoryApi({ clock: () => now });
  });
  after(() => api[Symbol.asyncDispose]());
  afterEach(async () => {
    api.directoryProxy.resume();
    await api.stopDirectory();
    await api.startDirectory();
    now += 5_000;
    api.operations.forget();
  });

  it("is asked for on one connection, bound once and kept", async () => {
    for (let count = 0; count < 5; count += 1) {
      const name = newUser();
      assert.equal(await emailOf(api, name), mailOf(name));
    }
    assert.deepEqual(api.operations.said, ["bind", "search", "search", "search", "search", "search"]);
    assert.equal(api.operations.connections(), 1);
  });

  it("is asked for once, however many ask for it at the same moment", async () => {
    const name = newUser();
    const found = await Promise.all(Array.from({ length: 20 }, () => emailOf(api, name)));
    assert.deepEqual([...new Set(found)], [mailOf(name)]);
    assert.deepEqual(api.operations.said, ["bind", "search"]);
  });

  it("is not asked for again until the cache expires, and then is the new one", async () => {
    const name = newUser();
    await emailOf(api, name);
    await api.stopDirectory();
    await api.startDirectory([{ name, surname: "Invented", mail: "changed@example.com" }]);
    now += hour - 1;
    assert.equal(await emailOf(api, name), mailOf(name));
    now += 1;
    assert.equal(await emailOf(api, name), "changed@example.com");
  });

  for (const [what, name] of [
    ["an address", "EmptyUser0"],
    ["an entry", "GoneUser0"],
  ] as const) {
    it(`is absent where the user has not ${what}, and that is remembered`, async () => {
      assert.deepEqual([await emailOf(api, name), await emailOf(api, name)], [undefined, undefined]);
      assert.deepEqual(api.operations.said, ["bind", "search"]);
      await api.restart();
      await api.stopDirectory();
      assert.equal(await emailOf(api, name), undefined);
    });
  }

  it("is the last known one while the directory is down, after it expired and after a restart too", async () => {
    const name = newUser();
    await emailOf(api, name);
    await api.stopDirectory();
    assert.equal(await emailOf(api, name), mailOf(name));
    now += 2 * hour;
    assert.equal(await emailOf(api, name), mailOf(name));
    await api.restart();
    assert.equal(await emailOf(api, name), mailOf(name));
  });

  it("that is unknown while the directory is down makes the answer 503, and is served once it is back", async () => {
    const [known, name] = [newUser(), newUser()];
    await emailOf(api, known);
    await api.stopDirectory();
    await refuses(api, name);
    await refuses(api, name);
    await api.startDirectory();
    now += 5_000;
    assert.equal(await emailOf(api, name), mailOf(name));
  });

  it("is answered in time when the directory hangs: the last known one, else 503", async () => {
    const [known, unknown, other] = [newUser(), newUser(), newUser()];
    await emailOf(api, known);
    now += 2 * hour;
    api.directoryProxy.stall();
    const began = performance.now();
    const stale = emailOf(api, known);
    await Promise.all([refuses(api, unknown), refuses(api, other)]);
    assert.equal(await stale, mailOf(known));
    assert.ok(performance.now() - began < 2_000);
    api.directoryProxy.resume();
    now += 5_000;
    assert.equal(await emailOf(api, unknown), mailOf(unknown));
  });

  it("is answered though the directory closed the kept connection unheard, or in the middle of an answer", async () => {
    const names = [newUser(), newUser(), newUser(), newUser()];
    assert.equal(await emailOf(api, names[0] ?? ""), mailOf(names[0] ?? ""));
    api.directoryProxy.breakConnections();
    assert.equal(await emailOf(api, names[1] ?? ""), mailOf(names[1] ?? ""));
    api.directoryProxy.cutNextAnswer(9);
    assert.equal(await emailOf(api, names[2] ?? ""), mailOf(names[2] ?? ""));
    assert.equal(await emailOf(api, names[3] ?? ""), mailOf(names[3] ?? ""));
  });

  for (const name of oddNames) {
    it(`of the user "${name}" is theirs`, async () => {
      assert.equal(await emailOf(api, name), mailOf(name));
    });
  }

  for (const name of namesWithoutEntry) {
    it(`of the user "${name}" is nobody else's`, async () => {
      assert.equal(await emailOf(api, name), undefined);
    });
  }

  it("leaves neither names nor addresses in the log", () => {
    assert.doesNotMatch(api.lines.join("\n"), /User|example\.com|N03L|L000|directory-password/);
    assert.match(api.lines.join("\n"), /the staff directory does not respond/);
  });
});

describe("a directory that does not let us in", () => {
  it("makes the answer 503 where no address is known, is not pressed, and leaves the others as they are", async () => {
    await using api = await startDirectoryApi({ environment: { LDAP_PASSWORD: "wrong" } });
    const known = "update mpc_delius.staff_email set read_at = read_at - interval '1 day'";
    await api.database.query("insert into mpc_delius.staff_email values ('PlainUser0', 'kept@example.com', now())");
    await api.database.query(known);
    await refuses(api, "PlainUser1");
    await refuses(api, "PlainUser2");
    assert.equal(await emailOf(api, "PlainUser0"), "kept@example.com");
    assert.deepEqual(
      api.operations.said.filter((operation) => operation !== "unbind"),
      ["bind"],
    );
  });

  it("makes the answer 503 where it talks nonsense, and the service goes on", async () => {
    const nonsense = createServer((socket) => {
      socket
        .resume()
        .on("error", () => undefined)
        .end(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n0\x84\xff\xff\xff\xff", "latin1"));
    }).listen(0, "127.0.0.1");
    await once(nonsense, "listening");
    await using api = await startDirectoryApi({
      environment: { LDAP_URL: `ldap://127.0.0.1:${portOf(nonsense.address())}` },
    });
    await refuses(api, "PlainUser1");
    assert.equal((await api.get("/ping")).status, 200);
    nonsense.close();
    await once(nonsense, "close");
  });
});

describe("a search of the directory", () => {
  it("takes names for what they are, also such as no database could hold", async () => {
    const admin = { bindDn: "cn=admin,dc=moj,dc=com", password: "password" };
    await using server = await startLdapServer({
      ...admin,
      users: [{ name: "A", surname: "A", mail: "a@example.com" }],
    });
    await using directory = openStaffDirectory({ ...admin, url: server.url, password: secret("password"), userBase });
    assert.deepEqual(await directory.findEmails(["a", "A\0", "\0", "*", "\u{1F600}"]), [
      "a@example.com",
      ...Array.from({ length: 4 }, () => null),
    ]);
  });
});
