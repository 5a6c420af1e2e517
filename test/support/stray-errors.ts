import asyncHooks, { type HookCallbacks } from "node:async_hooks";

// Loaded into each process of the tests before anything else. Node's test runner follows every promise, only to know to
// which test an error belongs that no one waits for; all that is asynchronous takes several times as long for it. Such an
// error fails the file instead of the test, and is printed here with its place.

const { createHook } = asyncHooks;
const withoutPromises: typeof createHook = (callbacks: HookCallbacks) =>
  createHook({ ...callbacks, trackPromises: false });
Object.assign(asyncHooks, { createHook: withoutPromises });
await import("node:test");
Object.assign(asyncHooks, { createHook });

process.on("uncaughtExceptionMonitor", report);
process.on("unhandledRejection", (reason) => {
  report(reason);
  process.exitCode = 1;
});

function report(error: unknown): void {
  process.stderr.write(`No test waits for this: ${error instanceof Error ? error.stack : String(error)}\n`);
}
