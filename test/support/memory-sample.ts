import { z } from "zod";
import type { LineWatch } from "./line-watch.ts";
import type { Replica } from "./replica.ts";

// Loaded into the process before it starts: at a signal it clears away all rubbish and says what is left.
const reporter = `
  import { readdirSync } from "node:fs";
  process.on("SIGUSR2", () => {
    globalThis.gc();
    const { rss, heapUsed: heap, external } = process.memoryUsage();
    const handles = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate").length;
    const told = { msg: "memory", rss, heap, external, handles, files: readdirSync("/dev/fd").length };
    process.stdout.write(JSON.stringify(told) + "\\n");
  });`;

/** The options of Node by which a process tells of its memory. */
export const memoryOptions = `--expose-gc --import=data:text/javascript,${encodeURIComponent(reporter)}`;

const sampleSchema = z.object({
  rss: z.number(),
  heap: z.number(),
  external: z.number(),
  handles: z.number(),
  files: z.number(),
});

/** What a process holds at a moment: bytes of the machine's memory, of its heap and beside it, handles and open files. */
export type MemorySample = z.infer<typeof sampleSchema>;

/** Asks a process what it holds. */
export async function takeSample(watch: LineWatch, replica: Replica): Promise<MemorySample> {
  const from = watch.lines.length;
  replica.signal("SIGUSR2");
  const { fields } = await watch.until("a sample", () =>
    watch.lines.slice(from).find(({ message }) => message === "memory"),
  );
  return sampleSchema.parse(fields);
}
