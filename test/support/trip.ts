import { Session } from "node:inspector/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The files of `src/` and the functions in them that some work entered, as V8 counts them. */
export interface Trip {
  readonly files: readonly string[];
  readonly functions: readonly string[];
}

/** Counts what work enters. Dispose stops counting. */
export interface TripMeter extends AsyncDisposable {
  /** Does the work and answers what it entered, but for the functions whose `file name place` fits `besides`. */
  measure(work: () => Promise<unknown>, besides: RegExp): Promise<Trip>;
}

const root = path.join(import.meta.dirname, "../..");

/** Starts to count. Loading a file is not counted, and functions are told apart by name and place. */
export async function startTripMeter(): Promise<TripMeter> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  const take = async () => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    return result.flatMap(({ url, functions }) => {
      const file = url.startsWith("file:") ? path.relative(root, fileURLToPath(url)) : "";
      if (!file.startsWith("src/")) return [];
      const entered = functions.filter(({ functionName, ranges: [range] }) => functionName !== "" && range?.count);
      return entered.map(({ functionName, ranges: [range] }) => `${file} ${functionName} ${range?.startOffset}`);
    });
  };
  return {
    measure: async (work, besides) => {
      await take();
      await work();
      const functions = [...new Set(await take())].filter((name) => !besides.test(name)).toSorted();
      return { functions, files: [...new Set(functions.map((name) => name.split(" ")[0] ?? ""))] };
    },
    [Symbol.asyncDispose]: async () => {
      await session.post("Profiler.disable");
      session.disconnect();
    },
  };
}
