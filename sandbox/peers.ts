import type { Executor } from "../src/platform/database/database.ts";
import { sandboxSessionSecret } from "../src/app/console-config.ts";
import { callbackPath, signedOutPath } from "../src/console/session/sign-in-client.ts";
import { openAnnouncements, type Announcements } from "./announcements.ts";
import { callers, consoleClient, directoryUser, serviceClient } from "./credentials.ts";
import { startHmppsAuth, type HmppsAuth } from "./auth-server.ts";
import { startLdapServer, userBase, type LdapServer } from "./ldap-server.ts";
import { addPage } from "./mpc/simulator-page-routes.ts";
import type { Prisoner } from "./mpc/prisoner.ts";
import { startSimulator, type Simulator } from "./mpc/simulator.ts";
import { region, startQueueServer, type QueueServer } from "./queue-server.ts";

/** Which ports to prefer and where to keep state; without them any free port, and nothing is kept. */
export interface PeersSettings {
  readonly ports?: { readonly queue: number; readonly auth: number; readonly mpc: number; readonly ldap: number };
  readonly directories?: { readonly queue: string; readonly prisoners: string; readonly announcements: string };
  readonly maxReceiveCount?: number;
  readonly prisoners?: Iterable<Prisoner>;
  /** The Delius to show beside Manage POM Cases on its page; without one there is no page. */
  readonly delius?: Executor;
}

/** The stand-ins of everything that the service talks to, but for its database. */
export interface Peers extends AsyncDisposable {
  readonly queue: QueueServer;
  readonly announcements: Announcements;
  readonly auth: HmppsAuth;
  readonly mpc: Simulator;
  readonly ldap: LdapServer;
  /** The variables that point the service to them, as in production. */
  readonly environment: Readonly<Record<string, string>>;
  /** The variables that switch the console on at this origin, where the simulator's page links to from then on. */
  consoleAt(origin: string): Readonly<Record<string, string>>;
}

const clients = [serviceClient, ...Object.values(callers)];

const anyPorts = { queue: 0, auth: 0, mpc: 0, ldap: 0 };

/** Starts queue, HMPPS Auth, Manage POM Cases and the directory on this machine. */
export async function startPeers(settings: PeersSettings = {}): Promise<Peers> {
  const { ports = anyPorts, directories, prisoners, delius } = settings;
  await using starting = new AsyncDisposableStack();
  const queue = starting.use(await startQueue(settings));
  let consoleOrigin: string | null = null;
  const announcements = await openAnnouncements(queue, directories?.announcements);
  const auth = starting.use(await startHmppsAuth({ clients, web: consoleClient, port: ports.auth }));
  const mpc = starting.use(
    await startSimulator({
      port: ports.mpc,
      issuer: auth.issuer,
      jwksUrl: auth.jwksUrl,
      publish: async (event) => (await announcements.publish(event)).inboxKey,
      stateFile: directories?.prisoners,
      prisoners,
      addPage:
        delius &&
        ((app, simulator) =>
          addPage(app, { mpc: simulator, announcements, database: delius, consoleOrigin: () => consoleOrigin })),
    }),
  );
  const ldap = starting.use(await startLdapServer({ ...directoryUser, port: ports.ldap }));
  const resources = starting.move();
  return {
    queue,
    announcements,
    auth,
    mpc,
    ldap,
    environment: environmentOf({ queue, auth, mpc, ldap }, serviceClient),
    consoleAt: (origin) => {
      consoleOrigin = origin;
      return allowConsole(auth, origin);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function startQueue({ ports = anyPorts, directories, maxReceiveCount }: PeersSettings): Promise<QueueServer> {
  return startQueueServer({
    port: ports.queue,
    ...(directories === undefined ? {} : { directory: directories.queue }),
    ...(maxReceiveCount === undefined ? {} : { maxReceiveCount }),
  });
}

function allowConsole(auth: HmppsAuth, origin: string): Readonly<Record<string, string>> {
  [callbackPath, signedOutPath].forEach((path) => auth.allowRedirect(origin + path));
  return {
    CONSOLE_URL: origin,
    CONSOLE_CLIENT_ID: consoleClient.id,
    CONSOLE_CLIENT_SECRET: consoleClient.secret,
    AUTH_AUTHORIZE_URL: auth.authorizeUrl,
    SESSION_SECRET: sandboxSessionSecret,
  };
}

/** Where the stand-ins are that a service is to be pointed to. */
export interface PeerAddresses {
  readonly queue: Pick<QueueServer, "endpoint" | "queueUrl">;
  readonly auth: Pick<HmppsAuth, "issuer" | "jwksUrl" | "tokenUrl">;
  readonly mpc: Pick<Simulator, "origin">;
  readonly ldap: Pick<LdapServer, "url">;
}

/** The variables that point a service to stand-ins, where it is known to HMPPS Auth as `self`. */
export function environmentOf(
  { queue, auth, mpc, ldap }: PeerAddresses,
  self: { readonly id: string; readonly secret: string },
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: region,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    // The stand-in takes any key whose secret is its own name.
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    SQS_QUEUE_URL: queue.queueUrl,
    MPC_API_URL: mpc.origin,
    AUTH_ISSUER: auth.issuer,
    AUTH_JWKS_URL: auth.jwksUrl,
    AUTH_TOKEN_URL: auth.tokenUrl,
    AUTH_CLIENT_ID: self.id,
    AUTH_CLIENT_SECRET: self.secret,
    LDAP_URL: ldap.url,
    LDAP_BIND_DN: directoryUser.bindDn,
    LDAP_PASSWORD: directoryUser.password,
    LDAP_USER_BASE: userBase,
  };
}
