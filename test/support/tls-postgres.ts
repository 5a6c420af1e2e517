import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startPostgres } from "../../sandbox/embedded-postgres.ts";
import { createAuthority, type Certificate } from "./certificate.ts";

/** A PostgreSQL server of its own that speaks TLS, with users who may come in by it and by a password. Dispose stops it. */
export interface TlsPostgres extends AsyncDisposable {
  readonly port: number;
  /** The file of the authority that signs its certificates. */
  readonly authorityFile: string;
  /** A file that is no certificate. */
  readonly otherFile: string;
  /** Lets it show a certificate for this host name from now on. */
  present(host: string): Promise<void>;
}

const rules = ["host all postgres all trust", "hostssl all by_tls all trust", "host all by_password all scram-sha-256"];

/** Starts it. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  await using starting = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), "tls-postgres-"));
  starting.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const server = starting.use(await startPostgres({ directory: path.join(directory, "data"), durable: false }));
  const authority = createAuthority();
  const client = starting.adopt(new pg.Client({ connectionString: server.url("postgres") }), (one) => one.end());
  await client.connect();
  await client.query("create role by_tls superuser login");
  await client.query("create role by_password superuser login password 'right'");
  await writeInServer(client, "pg_hba.conf", rules);
  const present = (host: string) => turnTlsOn(client, authority.issue(host));
  await present("localhost");
  const authorityFile = path.join(directory, "authority.crt");
  const otherFile = path.join(directory, "other.txt");
  await Promise.all([writeFile(authorityFile, authority.certificate), writeFile(otherFile, "no certificate\n")]);
  const resources = starting.move();
  return {
    port: server.port,
    authorityFile,
    otherFile,
    present,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function turnTlsOn(client: pg.Client, { certificate, key }: Certificate): Promise<void> {
  await writeInServer(client, "server.crt", certificate.split("\n"));
  await writeInServer(client, "server.key", key.split("\n"));
  await client.query("alter system set ssl = on");
  const earlier = await readLoadTime(client);
  await client.query("select pg_reload_conf()");
  // The server takes new settings when it comes to it.
  while ((await readLoadTime(client)) === earlier);
}

async function readLoadTime(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ at: string }>("select pg_conf_load_time()::text as at");
  return rows[0]?.at;
}

// The server's own user has to own what it reads, and no one else may read the key.
async function writeInServer(client: pg.Client, file: string, lines: readonly string[]): Promise<void> {
  const text = lines.map((line) => `('${line}')`).join(", ");
  await client.query(`copy (values ${text}) to program 'umask 077; cat > ${file}.new; mv ${file}.new ${file}'`);
}
