import { createLiveFeed } from "./live-feed.ts";
import { describeFirstPrisoners } from "./mpc/first-prisoners.ts";
import { startPeers, type Peers } from "./peers.ts";
import { describeMoved } from "./moved-ports.ts";
import { renderOverview } from "./overview.ts";
import { renderStory } from "./report.ts";
import { startOwnDatabase, takeGivenDatabase, type SandboxDatabase } from "./sandbox-database.ts";
import { configureService, startService } from "./sandbox-service.ts";
import { openState, type Ports, type RunningParts, type SandboxState, type Story } from "./sandbox-state.ts";
import { playScenario } from "./scenario-play.ts";
import type { Screen } from "./screen.ts";
import { openServiceLog } from "./service-log.ts";

/** How a sandbox is wanted. */
export interface SandboxRequest {
  /** That of the process itself: the AWS SDK looks for its credentials there. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where state is kept between starts: an absolute path. */
  readonly directory: string;
  /** Forget the state of earlier starts. */
  readonly isFresh: boolean;
  /** Tell the scenario again that an earlier start played. */
  readonly isStoryWanted: boolean;
  /** A database of the user's; null for one of our own. */
  readonly databaseUrl: string | null;
  readonly screen: Screen;
  readonly stop: AbortSignal;
  /** Hears of the end of our own database server, at any time, where it was not we who stopped it. */
  readonly onLost: (reason: unknown) => void;
}

/** Where the parts listen unless someone else does. */
const preferredPorts: Ports = { api: 8080, auth: 9090, database: 5433, ldap: 3389, mpc: 9091, queue: 4566 };

/**
 * Starts the stand-ins and the service, plays the scenario on new state, and says what happened and where everything is.
 * Resolves when all of it runs; what was opened is in `resources`, to be closed in the reverse order. Raises
 * between two parts when `stop` aborts.
 */
export async function startSandbox(request: SandboxRequest, resources: AsyncDisposableStack): Promise<void> {
  const { environment, screen, stop } = request;
  const begin = (what: string) => {
    stop.throwIfAborted();
    screen.progress(`${what} …`);
  };
  const state = resources.use(await openState(request.directory, request.databaseUrl));
  const self = { pid: process.pid, since: new Date().toISOString() };
  await state.describeRunning(self);
  const ports = state.ports ?? preferredPorts;
  begin("Starting PostgreSQL");
  const delius = await openDelius(request, { state, port: ports.database, resources });
  begin("Starting queue, Manage POM Cases, HMPPS Auth and directory");
  const peers = resources.use(await startStandIns(state, { ports, delius }));
  begin("Starting the service");
  const config = configureService({ environment, databaseUrl: delius.url, peers });
  const feed = resources.use(createLiveFeed(delius.database, screen));
  const { log } = resources.use(openServiceLog(state.places.log, config.logLevel, feed.hear));
  const wanted = { environment, databaseUrl: delius.url, peers, port: ports.api };
  const service = resources.use(await startService(config, wanted, log));
  const actual = portsOf({ ports, peers, delius, api: service.port });
  await state.keepPorts(actual);
  await state.describeVariables({ ...peers.environment, ...(delius.isOwn ? { DATABASE_URL: delius.url } : {}) });
  stop.throwIfAborted();
  const story = await findStory({ state, delius, peers }, request);
  // A port that the user names is not another's to take.
  const moved = await describeMoved(
    { ...ports, ...(environment["PORT"] === undefined ? {} : { api: actual.api }) },
    actual,
  );
  const parts = describeParts({ state, delius, peers }, { api: actual.api, moved });
  await state.describeRunning({ ...self, page: `${parts.mpc}/`, parts });
  const isKept = delius.plan.kind === "tell";
  if (story !== null && (request.isStoryWanted || !isKept)) {
    screen.print(`${renderStory(screen.terminal(), story, isKept)}\n`);
  }
  screen.print(renderOverview(screen.terminal(), parts, []));
  feed.begin();
}

interface Opening {
  readonly state: SandboxState;
  readonly port: number;
  readonly resources: AsyncDisposableStack;
}

function openDelius(request: SandboxRequest, opening: Opening): Promise<SandboxDatabase> {
  const { databaseUrl, isFresh, onLost, stop } = request;
  const wanted = { ...opening, isFresh, onLost, stop };
  return databaseUrl === null ? startOwnDatabase(wanted) : takeGivenDatabase(databaseUrl, wanted);
}

function startStandIns(
  { places: directories }: SandboxState,
  { ports, delius }: { readonly ports: Ports; readonly delius: SandboxDatabase },
): Promise<Peers> {
  return startPeers({ ports, directories, prisoners: describeFirstPrisoners(), delius: delius.database });
}

interface Parts {
  readonly state: SandboxState;
  readonly delius: SandboxDatabase;
  readonly peers: Peers;
}

function describeParts(
  { state, delius, peers: { mpc, auth, queue, ldap } }: Parts,
  { api, moved }: Pick<RunningParts, "moved"> & { readonly api: number },
): RunningParts {
  return {
    api: `http://127.0.0.1:${api}`,
    mpc: mpc.origin,
    auth: { issuer: auth.issuer, jwksUrl: auth.jwksUrl, tokenUrl: auth.tokenUrl },
    queue: { endpoint: queue.endpoint, queueUrl: queue.queueUrl, topicArn: queue.topicArn },
    ldap: ldap.url,
    database: delius.isOwn ? delius.url : null,
    log: state.places.log,
    moved,
  };
}

function portsOf({
  ports,
  peers,
  delius,
  api,
}: Omit<Parts, "state"> & { readonly ports: Ports; readonly api: number }): Ports {
  const { auth, ldap, mpc, queue } = peers;
  const port = (address: string) => Number(new URL(address).port);
  return {
    api,
    auth: port(auth.issuer),
    database: delius.isOwn ? port(delius.url) : ports.database,
    ldap: port(ldap.url),
    mpc: port(mpc.origin),
    queue: port(queue.endpoint),
  };
}

async function findStory({ state, delius, peers }: Parts, { screen, stop }: SandboxRequest): Promise<Story | null> {
  const { plan, database } = delius;
  switch (plan.kind) {
    case "tell":
      return plan.story;
    case "leave out":
      screen.print(`${plan.reason}\n`);
      return null;
    case "play": {
      const announce = (title: string) => screen.progress(`Playing the scenario: ${title} …`);
      const story = {
        playedAt: new Date().toISOString(),
        steps: await playScenario({ peers, database, stop, announce }),
      };
      await state.keepStory(story);
      return story;
    }
  }
}
