/** What a file under `src/` is to the others (design: layout). */
export type Layer = "root" | "adapter" | "shell" | "pure";

/** The suffixes of the files that touch an edge. */
const edges = ["handler", "routes", "job", "store", "page"] as const;

/** The feature folder of a file under `src/`; null for the files at its root and for everything elsewhere. */
export function featureOf(file: string): string | null {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? null;
}

/** Unit tests stand beside what they test, but belong to the tests. */
export function isTest(file: string): boolean {
  return file.startsWith("test/") || file.endsWith(".test.ts");
}

/** The layer of a file under `src/`; null for tests and for everything elsewhere. */
export function layerOf(file: string): Layer | null {
  if (!file.startsWith("src/") || isTest(file)) return null;
  const feature = featureOf(file);
  if (feature === null) return "root";
  if (feature === "adapters") return "adapter";
  return edges.some((edge) => file.endsWith(`-${edge}.ts`)) ? "shell" : "pure";
}
