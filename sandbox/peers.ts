import { caseDetailRoles } from "../src/access/access.ts";
import { sandboxSecret } from "../src/config.ts";
import { startHmppsAuth, type HmppsAuth } from "./auth-server.ts";
import { startLdapServer, userBase, type LdapServer } from "./ldap-server.ts";
import type { Prisoner } from "./mpc/prisoner.ts";
import { startSimulator, type Simulator } from "./mpc/simulator.ts";
import { region, startQueueServer, type QueueServer } from "./queue-server.ts";

/** Which ports to prefer and where to keep state; without them any free port, and nothing is kept. */
export interface PeersSettings {
  readonly ports?: { readonly queue: number; readonly auth: number; readonly mpc: number; readonly ldap: number };
  readonly directories?: { readonly queue: string; readonly prisoners: string };
  readonly maxReceiveCount?: number;
  readonly prisoners?: Iterable<Prisoner>;
}

/** The stand-ins of everything that the service talks to, but for its database. */
export interface Peers extends AsyncDisposable {
  readonly queue: QueueServer;
  readonly auth: HmppsAuth;
  readonly mpc: Simulator;
  readonly ldap: LdapServer;
  /** The variables that point the service to them, as in production. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How the service binds at the sandbox's directory. */
export const directoryUser = { bindDn: "cn=admin,dc=moj,dc=com", password: sandboxSecret };

/** Somebody who looks after the service in the sandbox. */
export const operator = {
  id: "operator",
  secret: sandboxSecret,
  authorities: ["ROLE_MPC_DELIUS_VIEW", "ROLE_MPC_DELIUS_OPERATE", "ROLE_QUEUE_ADMIN"],
};

const client = { id: "manage-pom-cases-and-delius", secret: sandboxSecret, authorities: ["ROLE_MANAGE_POM_CASES"] };

/** Manage POM Cases, as it calls our API. */
export const consumer = { id: "manage-pom-cases", secret: sandboxSecret, authorities: [caseDetailRoles[0]] };

const clients = [client, consumer, operator];

/** Starts queue, HMPPS Auth, Manage POM Cases and the directory on this machine. */
export async function startPeers({
  ports,
  directories,
  maxReceiveCount,
  prisoners,
}: PeersSettings = {}): Promise<Peers> {
  await using starting = new AsyncDisposableStack();
  const queue = starting.use(
    await startQueueServer({
      ...(ports === undefined ? {} : { port: ports.queue }),
      ...(directories === undefined ? {} : { directory: directories.queue }),
      ...(maxReceiveCount === undefined ? {} : { maxReceiveCount }),
    }),
  );
  const auth = starting.use(await startHmppsAuth({ clients, ...(ports === undefined ? {} : { port: ports.auth }) }));
  const mpc = starting.use(
    await startSimulator({
      issuer: auth.issuer,
      jwksUrl: auth.jwksUrl,
      publish: (publication) => queue.publish(publication),
      ...(ports === undefined ? {} : { port: ports.mpc }),
      ...(directories === undefined ? {} : { stateFile: directories.prisoners }),
      ...(prisoners === undefined ? {} : { prisoners }),
    }),
  );
  const ldap = starting.use(
    await startLdapServer({ ...directoryUser, ...(ports === undefined ? {} : { port: ports.ldap }) }),
  );
  const resources = starting.move();
  return {
    queue,
    auth,
    mpc,
    ldap,
    environment: environmentOf({ queue, auth, mpc, ldap }, client),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
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
    // The SDK asks for credentials also where nobody checks them.
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
