import { createApp } from "../src/app/app.ts";
import type { Log } from "../src/platform/process/log.ts";
import { readConfig, type Config } from "../src/app/config.ts";
import { findFreePort, listenOnFreePort } from "./free-port.ts";
import type { Peers } from "./peers.ts";
import { keepRules } from "./start-choice.ts";

/** The running service. */
export interface SandboxService extends AsyncDisposable {
  /** Where its API listens. */
  readonly port: number;
}

/** What the service is to run with. */
export interface ServiceRequest {
  /** The user's, for the rules by which the service works. */
  readonly environment: NodeJS.ProcessEnv;
  readonly databaseUrl: string;
  readonly peers: Pick<Peers, "environment" | "consoleAt">;
  /** Preferred, where the user names no PORT; any free one where it is taken. */
  readonly port: number;
}

/** The configuration of the service on stand-ins: read from variables, exactly as in production. */
export function configureService({
  environment,
  databaseUrl,
  peers,
}: Pick<ServiceRequest, "environment" | "databaseUrl"> & { readonly peers: Pick<Peers, "environment"> }): Config {
  // The secrets of the stand-ins are known to everyone: nothing of the sandbox is in reach of other machines.
  const own = { DATABASE_URL: databaseUrl, HOST: "127.0.0.1" };
  return readConfig({ ...keepRules(environment), ...peers.environment, ...own });
}

/** Runs the service itself in this process. */
export async function startService(
  config: Config,
  { environment, databaseUrl, peers, port: preferred }: ServiceRequest,
  log: Log,
): Promise<SandboxService> {
  lendCredentials(environment, peers.environment);
  let service: SandboxService | undefined;
  const listen = async (port: number) => {
    // The console has to know its own address before it listens.
    const actual = port === 0 ? await findFreePort() : port;
    const known = { ...peers.environment, ...peers.consoleAt(`http://127.0.0.1:${actual}`) };
    const settings = configureService({ environment, databaseUrl, peers: { environment: known } });
    service = await startApp({ ...settings, port: actual }, log);
    return service.port;
  };
  await (environment["PORT"] === undefined ? listenOnFreePort(preferred, listen) : listen(config.port));
  if (service === undefined) throw new Error("The service was not started.");
  return service;
}

async function startApp(config: Config, log: Log): Promise<SandboxService> {
  await using starting = new AsyncDisposableStack();
  const app = starting.use(createApp(config, { log }));
  const { address } = await app.start();
  starting.move();
  return { port: Number(new URL(address).port), [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

// The AWS SDK looks for credentials in the process itself, and would prefer a profile of the user's.
function lendCredentials(environment: NodeJS.ProcessEnv, standIns: Peers["environment"]): void {
  const isForAws = (name: string) => name.startsWith("AWS_");
  for (const name of Object.keys(environment).filter(isForAws)) delete environment[name];
  Object.assign(environment, Object.fromEntries(Object.entries(standIns).filter(([name]) => isForAws(name))));
}
