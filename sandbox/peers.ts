import { sandboxSecret } from "../src/config.ts";
import { startHmppsAuth, type HmppsAuth } from "./hmpps-auth.ts";
import { startSimulator, type Simulator } from "./mpc/simulator.ts";
import { region, startQueueServer, type QueueServer } from "./queue-server.ts";

/** Which ports to prefer and where to keep state; without them any free port, and nothing is kept. */
export interface PeersSettings {
  readonly ports?: { readonly queue: number; readonly auth: number; readonly mpc: number };
  readonly directories?: { readonly queue: string; readonly prisoners: string };
  readonly maxReceiveCount?: number;
  readonly prisoners?: readonly string[];
}

/** The stand-ins of everything that the service talks to, but for its database. */
export interface Peers extends AsyncDisposable {
  readonly queue: QueueServer;
  readonly auth: HmppsAuth;
  readonly mpc: Simulator;
  /** The variables that point the service to them, as in production. */
  readonly environment: Readonly<Record<string, string>>;
}

const client = { id: "manage-pom-cases-and-delius", secret: sandboxSecret, authorities: ["ROLE_MANAGE_POM_CASES"] };

/** Starts queue, HMPPS Auth and Manage POM Cases on this machine. */
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
  const auth = starting.use(
    await startHmppsAuth({ clients: [client], ...(ports === undefined ? {} : { port: ports.auth }) }),
  );
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
  const resources = starting.move();
  return {
    queue,
    auth,
    mpc,
    environment: environmentOf({ queue, auth, mpc }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function environmentOf({ queue, auth, mpc }: Pick<Peers, "queue" | "auth" | "mpc">) {
  return {
    AWS_REGION: region,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    // The SDK asks for credentials also where nobody checks them.
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    SQS_QUEUE_URL: queue.queueUrl,
    MPC_API_URL: mpc.origin,
    AUTH_TOKEN_URL: auth.tokenUrl,
    AUTH_CLIENT_ID: client.id,
    AUTH_CLIENT_SECRET: client.secret,
  };
}
