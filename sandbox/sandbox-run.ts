import { once } from "node:events";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { explainFailure } from "./failure.ts";
import { locateData } from "./postgres-data.ts";
import { startSandbox, type SandboxRequest } from "./sandbox.ts";
import { renderStory } from "./report.ts";
import { AlreadyRunning, readStory, type RunningParts } from "./sandbox-state.ts";
import { openScreen } from "./screen.ts";
import { renderStatus } from "./status.ts";

/**
 * Runs the sandbox until it is asked to stop, then stops all of it in the reverse order, also in the middle of starting.
 * Where its database server is gone, there is nothing to wait for, and the process ends at once. Answers the process's
 * exit code.
 */
export async function runSandbox(wanted: Omit<SandboxRequest, "screen" | "onLost">): Promise<number> {
  const screen = openScreen(process.stdout);
  const lost = Promise.withResolvers<never>();
  const resources = new AsyncDisposableStack();
  const running = runUntilStopped({ ...wanted, screen, onLost: lost.reject }, resources);
  try {
    await Promise.race([running, lost.promise]);
  } catch (failure) {
    // Where the server is gone, what failed first may be a call to it.
    const error: unknown = await Promise.race([lost.promise.catch(identity), wait(momentMs, failure)]);
    screen.clear();
    if (error instanceof AlreadyRunning && !wanted.isFresh && error.running?.parts !== undefined) {
      await showRunning({ ...wanted, screen }, error.running.parts);
      return 0;
    }
    const context = { directory: showPath(wanted.directory), isOwnDatabase: wanted.databaseUrl === null };
    process.stderr.write(`${explainFailure(error, context)}\n`);
    await Promise.race([dispose(resources), wait(patienceMs)]);
    // What still waits for the server would wait for long.
    process.exit(1);
  }
  screen.print("Stopped.");
  return 0;
}

type Shown = Omit<SandboxRequest, "onLost">;

/** Someone who starts it twice wants to see it. */
async function showRunning(request: Shown, parts: RunningParts): Promise<void> {
  const { screen, directory, databaseUrl } = request;
  const terminal = screen.terminal();
  const story = request.isStoryWanted ? await readStory(directory, databaseUrl) : null;
  if (story !== null) screen.print(`${renderStory(terminal, story, true)}\n`);
  screen.print(await renderStatus(terminal, parts));
  screen.print("It runs already, in another terminal: Ctrl-C there stops it.");
}

const patienceMs = 1_000;
const momentMs = 100;
const identity = (reason: unknown) => reason;

async function runUntilStopped(request: SandboxRequest, resources: AsyncDisposableStack): Promise<void> {
  const { screen, stop, directory } = request;
  if (await isStarted(request, resources)) screen.print(await describeReadiness(directory));
  if (!stop.aborted) await once(stop, "abort");
  screen.print("Stopping …");
  await resources.disposeAsync();
}

/** What fails while we give up has been told already. */
async function dispose(resources: AsyncDisposableStack): Promise<void> {
  await resources.disposeAsync().catch(() => undefined);
}

/** A path as one would type it here. */
function showPath(absolute: string): string {
  const relative = path.relative("", absolute);
  return relative === "" || relative.startsWith("..") ? absolute : relative;
}

/** False when `stop` came first: anything that was in the middle of starting may have failed for it. */
async function isStarted(request: SandboxRequest, resources: AsyncDisposableStack): Promise<boolean> {
  try {
    await startSandbox(request, resources);
    return true;
  } catch (error) {
    if (!request.stop.aborted) throw error;
    return false;
  }
}

async function describeReadiness(directory: string): Promise<string> {
  const seconds = (performance.now() / 1000).toFixed(1);
  const data = await locateData(path.join(directory, "postgres"));
  const elsewhere = path.relative(directory, data).startsWith("..") ? `, its database in ${path.dirname(data)}` : "";
  const kept = `the state is kept in ${showPath(directory)}${elsewhere}`;
  return `Ready in ${seconds} s. Ctrl-C stops everything; ${kept} (\`npm start -- --fresh\` begins anew).`;
}
