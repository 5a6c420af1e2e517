import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { listenOn } from "../../sandbox/free-port.ts";
import { startTlsPostgres, type TlsPostgres } from "../support/tls-postgres.ts";
import { createTestDatabase } from "../support/test-database.ts";

const root = path.dirname(path.dirname(import.meta.dirname));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run migrate` with this address. */
function migrate(url: string, given: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const ended = Promise.withResolvers<Ended>();
  const settings = { cwd: root, env: { PATH, NODE_COMPILE_CACHE, DATABASE_URL: url, ...given } };
  execFile(process.execPath, ["src/commands/cli.ts", "migrate"], settings, (error, stdout, stderr) => {
    ended.resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
  });
  return ended.promise;
}

/** A pooler that does not let startup parameters through, as PgBouncer by default. */
async function startStrictPooler() {
  const message = "unsupported startup parameter: statement_timeout";
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4]);
  const server = createServer((socket) => socket.once("data", () => socket.end(Buffer.concat([head, fields]))));
  return { port: await listenOn(server, 0), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("npm run migrate, when the database refuses,", () => {
  let server: TlsPostgres;
  before(async () => {
    server = await startTlsPostgres();
  });
  after(() => server[Symbol.asyncDispose]());

  const addressOf = (user: string, search = "", database = "postgres") =>
    `postgres://${user}@localhost:${server.port}/${database}${search}`;
  const refused = async (url: string, fault: RegExp) => {
    const { code, stdout, stderr } = await migrate(url);
    assert.deepEqual([code, stdout], [1, ""], stderr);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.match(stderr, fault);
    assert.doesNotMatch(stderr, /wrong|right/);
  };

  it("says where nothing listens", () =>
    refused(
      "postgres://somebody@127.0.0.1:1/delius",
      /^DATABASE_URL: nothing listens there \(127\.0\.0\.1 port 1\)\.\n/,
    ));

  it("says that there is no such host", () =>
    refused("postgres://somebody@nowhere.invalid/delius", /^DATABASE_URL: .*host.* \(nowhere\.invalid\)\.\n/));

  it("says that the password is wrong", () =>
    refused(addressOf("by_password:wrong"), /^DATABASE_URL: the database does not accept this user and password/));

  it("says that there is no such database", () =>
    refused(addressOf("postgres", "", "delius"), /^DATABASE_URL: the server has no such database \(database "delius"/));

  it("says that the server wants TLS", () =>
    refused(addressOf("by_tls"), /^DATABASE_URL: the database does not let this user in \(.*no encryption\)/));

  it("says what a pooler refuses", async () => {
    await using pooler = await startStrictPooler();
    const fault = /^DATABASE_URL: a connection pooler refuses .*\(unsupported startup parameter: statement_timeout\)/;
    await refused(`postgres://somebody@127.0.0.1:${pooler.port}/delius`, fault);
  });

  it("says that the server offers no TLS where it is asked for", async () => {
    await using database = await createTestDatabase("template1");
    await refused(`${database.url}?sslmode=require`, /^DATABASE_URL: the server does not offer TLS/);
  });

  for (const mode of ["require", "verify-full"]) {
    it(`says that it does not know the authority, with sslmode=${mode}`, () =>
      refused(addressOf("by_tls", `?sslmode=${mode}`), /^DATABASE_URL: .* authority .* add sslrootcert=/));
  }

  it("says that a file of TLS cannot be read", () =>
    refused(
      addressOf("by_tls", "?sslmode=verify-full&sslrootcert=/nowhere.crt"),
      /^DATABASE_URL: a file .* cannot be read/,
    ));

  it("does not take just any file for an authority's certificate", () =>
    refused(addressOf("by_tls", `?sslmode=verify-full&sslrootcert=${server.otherFile}`), /^DATABASE_URL: .*/));

  it("says that the certificate is for another host", async () => {
    await server.present("db.example");
    const search = `?sslmode=verify-full&sslrootcert=${server.authorityFile}`;
    await refused(addressOf("by_tls", search), /^DATABASE_URL: .* another host name: .* sslmode=verify-ca/);
  });

  it("goes on with verify-ca, which takes any name, and with verify-full once the name is right", async () => {
    await server.present("db.example");
    const lenient = await migrate(addressOf("by_tls", `?sslmode=verify-ca&sslrootcert=${server.authorityFile}`));
    assert.deepEqual([lenient.code, lenient.stderr], [0, ""]);
    assert.match(lenient.stdout, /^Applied: delius\//);
    await server.present("localhost");
    for (const mode of ["verify-full", "require"]) {
      const strict = await migrate(addressOf("by_tls", `?sslmode=${mode}&sslrootcert=${server.authorityFile}`));
      const stdout = "Applied: nothing, all is up to date\n";
      assert.deepEqual(strict, { code: 0, stdout, stderr: "" });
    }
  });

  it("lists what is wrong with the variables before it connects anywhere", async () => {
    const cases: readonly (readonly [url: string, fault: string])[] = [
      ["", "Set DATABASE_URL: Address of the Delius database on PostgreSQL 15 or newer, with user and password."],
      ["mysql://db.example/delius", "DATABASE_URL must be a postgres:// address."],
      [
        "postgres://db.example/delius?sslmode=prefer",
        "DATABASE_URL has an sslmode other than disable, require, verify-ca, verify-full.",
      ],
      [
        "postgres://db.example/delius?sslmode=verify-ca",
        "DATABASE_URL has sslmode=verify-ca and no sslrootcert: name the file of the authority's certificate.",
      ],
    ];
    for (const [url, fault] of cases) {
      const { code, stderr } = await migrate(url, { DELIUS_SCHEMA: "a b" });
      const schema = "DELIUS_SCHEMA must be a plain identifier.";
      assert.deepEqual(
        [code, stderr.split("\n").slice(1, -1).toSorted()],
        [1, [`  - ${fault}`, `  - ${schema}`].toSorted()],
      );
    }
  });

  it("says that the tables of Delius stand in another schema, and changes nothing", async () => {
    await using database = await createTestDatabase();
    const { code, stderr } = await migrate(database.url, { DELIUS_SCHEMA: "nowhere" });
    const fault = "DELIUS_SCHEMA names a schema without Delius's tables: set it to the one that holds them.";
    assert.deepEqual([code, stderr], [1, `npm run migrate cannot run:\n  - ${fault}\n`]);
  });

  it("says that the session is not set as it must be", async () => {
    const url = addressOf("postgres", `?options=${encodeURIComponent("-c search_path=elsewhere")}`);
    const { code, stderr } = await migrate(url);
    assert.equal(code, 1);
    assert.match(stderr, /search_path \(elsewhere in place of public\), plan_cache_mode \(auto in place of /);
  });
});
