import { Agent, request } from "undici";
import { DependencyError, type Dependency } from "./dependency-error.ts";

/** Asks addresses, without a token, whether anybody answers well there. Dispose closes its connections. */
export interface Probe extends AsyncDisposable {
  /** Raises when the address does not answer a good status within a second. */
  ask(dependency: Dependency, url: string, good?: readonly number[]): Promise<void>;
}

const patienceMs = 1_000;

/** A prober with connections of its own, so that health is asked beside all traffic. */
export function openProbe(): Probe {
  const agent = new Agent({ connect: { timeout: patienceMs }, headersTimeout: patienceMs, bodyTimeout: patienceMs });
  return {
    ask: async (dependency, url, good = [200]) => {
      const { statusCode, body } = await request(url, { dispatcher: agent, signal: AbortSignal.timeout(patienceMs) });
      await body.dump();
      if (!good.includes(statusCode)) throw new DependencyError(dependency, `HTTP ${statusCode}`);
    },
    [Symbol.asyncDispose]: () => agent.close(),
  };
}
