/** Who asks, from the bottom to the top; a wing imports only those below its own line. */
export const wings: readonly (readonly string[])[] = [
  ["platform"],
  ["delius"],
  ["sync"],
  ["operations"],
  ["api", "console"],
  ["app"],
  ["commands"],
];

/** What a file under `src/` may do: build things, reach outside by itself, work with what it is handed, or only decide. */
export type Layer = "builder" | "adapter" | "shell" | "pure";

/** The suffixes of files that take a message or a request, run by the clock, or hold SQL or a page. */
const edges = ["handler", "routes", "job", "store", "page"] as const;

/** Impure files whose names do not show it, by folder. The rest of `platform` are adapters. */
const adapters: Readonly<Record<string, readonly string[]>> = {
  "console/session": ["sealed-cookie", "sign-in-client"],
  "console/web": ["assets", "console-routes", "templates"],
  "delius/schema": ["delius-faults", "delius-inspection"],
  "delius/staff": ["staff-directory", "staff-email-cache"],
  "sync/manage-pom-cases": ["mpc-api"],
};
const shells: Readonly<Record<string, readonly string[]>> = {
  "console/session": ["frames", "sessions"],
  "console/web": ["act-once", "form-check", "form-token", "page-sender"],
  "operations/messages": ["message-search"],
  "sync/intake": ["attempt", "failed-attempt", "intake"],
  "sync/pipeline": [
    "batching",
    "delius-fault",
    "failed-set",
    "preview",
    "settle-alone",
    "settle-batch",
    "write-in-groups",
  ],
};

/** Files of `platform`, `app` and `commands` that decide and do nothing else. */
const pure: Readonly<Record<string, readonly string[]>> = {
  "platform/access": ["access"],
  "platform/database": ["storable-text"],
  "platform/health": ["health"],
  "platform/process": ["metric-list", "runtime-metrics", "schema-fault", "strict-text", "trace-context", "work-places"],
  "platform/text": ["csv", "exact-json"],
  "platform/time": ["london-time", "uptime"],
  "platform/web": ["http-error", "paging"],
  commands: ["command-options"],
};

/** The folder of a file under `src/`, as `sync/pipeline`; null elsewhere. */
export function roomOf(file: string): string | null {
  return /^src\/(.+)\/[^/]+$/.exec(file)?.[1] ?? null;
}

/** The wing that a file stands in, or null. */
export function wingOf(file: string): string | null {
  return roomOf(file)?.split("/")[0] ?? null;
}

/** Unit tests stand beside what they test, but belong to the tests. */
export function isTest(file: string): boolean {
  return file.startsWith("test/") || file.endsWith(".test.ts");
}

/** The layer of a file under `src/`; null for tests and for everything elsewhere. */
export function layerOf(file: string): Layer | null {
  const room = roomOf(file);
  if (room === null || isTest(file)) return null;
  const name = file.slice(file.lastIndexOf("/") + 1, -".ts".length);
  const isListed = (list: Readonly<Record<string, readonly string[]>>) => list[room]?.includes(name) === true;
  if (isListed(pure)) return "pure";
  if (room === "app" || room === "commands") return "builder";
  if (isListed(adapters)) return "adapter";
  if (isListed(shells) || edges.some((edge) => name.endsWith(`-${edge}`))) return "shell";
  return wingOf(file) === "platform" ? "adapter" : "pure";
}
