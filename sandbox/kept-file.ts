import { readFile, rename, writeFile } from "node:fs/promises";
import type { z } from "zod";

/** Reads a value that was kept as JSON; null where there is no file. Raises when the file holds something else. */
export async function readKept<Kept>(file: string, schema: z.ZodType<Kept>): Promise<Kept | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Keeps a value as JSON. The file is whole at any moment. */
export async function keep(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.draft`, JSON.stringify(value, null, 2));
  await rename(`${file}.draft`, file);
}

/** Keeps the present value each time it is called, one after another: an older state never comes last. */
export function keepInOrder(file: string | undefined, read: () => unknown): () => Promise<void> {
  let saved: Promise<void> = Promise.resolve();
  return () => {
    if (file !== undefined) saved = saved.catch(() => undefined).then(() => keep(file, read()));
    return saved;
  };
}
