import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { startHmppsAuth, type HmppsAuth } from "../../sandbox/auth-server.ts";
import { callers, directoryUser, serviceClient } from "../../sandbox/credentials.ts";
import { listenOn } from "../../sandbox/free-port.ts";
import { startLdapServer } from "../../sandbox/ldap-server.ts";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { startSimulator, type Simulator } from "../../sandbox/mpc/simulator.ts";
import { startQueueServer, type QueueServer } from "../../sandbox/queue-server.ts";
import { createAuthority, type Authority } from "./certificate.ts";

/** The stand-ins as production would meet them: HMPPS Auth and Manage POM Cases by https, with secrets of their own. */
export interface ProductionPeers extends AsyncDisposable {
  readonly queue: QueueServer;
  readonly mpc: Simulator;
  readonly auth: HmppsAuth;
  /** Where a process finds them, and the secrets of its own, by variable. */
  readonly environment: Readonly<Record<string, string>>;
}

const clientSecret = "a-secret-of-the-service";
const directoryPassword = "a-secret-of-the-directory";

/** Starts them. The authority that signs their certificates is written to a file. */
export async function startProductionPeers(authorityFile: string): Promise<ProductionPeers> {
  await using starting = new AsyncDisposableStack();
  const authority = createAuthority();
  await writeFile(authorityFile, authority.certificate);
  const queue = starting.use(await startQueueServer());
  const client = { ...serviceClient, secret: clientSecret };
  const auth = starting.use(await startHmppsAuth({ clients: [client, ...Object.values(callers)] }));
  const addresses = { own: "", shown: "" };
  const mpc = starting.use(
    await startSimulator({
      issuer: auth.issuer,
      jwksUrl: auth.jwksUrl,
      prisoners: describeFirstPrisoners(),
      // An event names the address by which production would know it.
      publish: ({ body, eventType }) =>
        queue.publish({ body: body.replaceAll(addresses.own, addresses.shown), eventType }),
    }),
  );
  const { bindDn } = directoryUser;
  const ldap = starting.use(await startLdapServer({ bindDn, password: directoryPassword }));
  const authAddress = starting.use(await startTls(authority, new URL(auth.tokenUrl).origin)).address;
  const mpcAddress = starting.use(await startTls(authority, mpc.origin)).address;
  Object.assign(addresses, { own: mpc.origin, shown: mpcAddress });
  const toAuth = (url: string) => authAddress + new URL(url).pathname;
  const resources = starting.move();
  return {
    queue,
    mpc,
    auth,
    environment: {
      AWS_ENDPOINT_URL_SQS: queue.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      NODE_EXTRA_CA_CERTS: authorityFile,
      SQS_QUEUE_URL: queue.queueUrl,
      SQS_DLQ_URL: queue.deadLetterQueueUrl,
      MPC_API_URL: mpcAddress,
      AUTH_ISSUER: auth.issuer,
      AUTH_JWKS_URL: toAuth(auth.jwksUrl),
      AUTH_TOKEN_URL: toAuth(auth.tokenUrl),
      AUTH_CLIENT_ID: client.id,
      AUTH_CLIENT_SECRET: client.secret,
      // No one signs in here.
      CONSOLE_CLIENT_ID: "a-console",
      CONSOLE_CLIENT_SECRET: "a-secret-of-the-console",
      SESSION_SECRET: "a-secret-that-seals-what-browsers-keep",
      LDAP_URL: ldap.url,
      LDAP_BIND_DN: bindDn,
      LDAP_PASSWORD: directoryPassword,
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Speaks TLS before a server that does not. */
async function startTls(authority: Authority, origin: string) {
  const { certificate: cert, key } = authority.issue("localhost");
  const port = Number(new URL(origin).port);
  const server = createServer({ cert, key }, (socket) => {
    const upstream = connect(port, "127.0.0.1");
    socket.pipe(upstream).pipe(socket);
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    closers.push(() => socket.destroy());
  });
  const closers: (() => void)[] = [];
  const listening = await listenOn(server, 0);
  return {
    address: `https://localhost:${listening}`,
    [Symbol.asyncDispose]: async () => {
      closers.forEach((close) => close());
      await server[Symbol.asyncDispose]();
    },
  };
}
