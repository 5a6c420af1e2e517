import { createApp } from "./app.ts";
import { ConfigError, readConfig } from "./config.ts";

const stopSignals = ["SIGTERM", "SIGINT"] as const;

// A little less than the 25 s of spec 5.4: what cannot be closed by then, for its other side is silent, ends with us.
const patienceMs = 24_000;

/** Runs the service on the given environment until it is asked to stop. Answers the process's exit code. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<number> {
  const stop = Promise.withResolvers<void>();
  stopSignals.forEach((name) => process.once(name, () => stop.resolve()));
  try {
    await using app = createApp(readConfig(environment));
    await Promise.race([app.start(), stop.promise]);
    await stop.promise;
    setTimeout(() => process.exit(0), patienceMs).unref();
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
