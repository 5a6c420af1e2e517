import { once } from "node:events";
import path from "node:path";
import { explainFailure } from "./failure.ts";
import { startSandbox, type SandboxRequest } from "./sandbox.ts";
import { renderStory } from "./report.ts";
import { AlreadyRunning, readStory, type RunningParts } from "./sandbox-state.ts";
import { openScreen } from "./screen.ts";
import { renderStatus } from "./status.ts";

/**
 * Runs the sandbox until it is asked to stop, then stops all of it in the reverse order, also in the middle of starting.
 * Answers the process's exit code.
 */
export async function runSandbox(wanted: Omit<SandboxRequest, "screen">): Promise<number> {
  const screen = openScreen(process.stdout);
  const request = { ...wanted, screen };
  const { stop } = request;
  const kept = showPath(request.directory);
  try {
    await using resources = new AsyncDisposableStack();
    if (await isStarted(request, resources)) screen.print(describeReadiness(kept));
    if (!stop.aborted) await once(stop, "abort");
    screen.print("Stopping …");
  } catch (error) {
    screen.clear();
    if (error instanceof AlreadyRunning && !request.isFresh && error.running?.parts !== undefined) {
      await showRunning(request, error.running.parts);
      return 0;
    }
    process.stderr.write(`${explainFailure(error, { directory: kept, isOwnDatabase: wanted.databaseUrl === null })}\n`);
    return 1;
  }
  screen.print("Stopped.");
  return 0;
}

/** Somebody who starts it twice wants to see it. */
async function showRunning(request: SandboxRequest, parts: RunningParts): Promise<void> {
  const { screen, directory, databaseUrl } = request;
  const terminal = screen.terminal();
  const story = request.isStoryWanted ? await readStory(directory, databaseUrl) : null;
  if (story !== null) screen.print(`${renderStory(terminal, story, true)}\n`);
  screen.print(await renderStatus(terminal, parts));
  screen.print("It runs already, in another terminal: Ctrl-C there stops it.");
}

/** A path as one would type it here. */
function showPath(absolute: string): string {
  const relative = path.relative("", absolute);
  return relative === "" || relative.startsWith("..") ? absolute : relative;
}

/** False when `stop` came first: whatever was in the middle of starting may have failed for it. */
async function isStarted(request: SandboxRequest, resources: AsyncDisposableStack): Promise<boolean> {
  try {
    await startSandbox(request, resources);
    return true;
  } catch (error) {
    if (!request.stop.aborted) throw error;
    return false;
  }
}

function describeReadiness(kept: string): string {
  const seconds = (performance.now() / 1000).toFixed(1);
  return `Ready in ${seconds} s. Ctrl-C stops everything; the state is kept in ${kept} (\`npm start -- --fresh\` begins anew).`;
}
