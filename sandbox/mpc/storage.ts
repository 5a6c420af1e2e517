import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { prisonerSchema, type Prisoner } from "./prisoner.ts";

/** Reads the prisoners of an earlier start, or takes the given ones where there was none. */
export async function loadPrisoners(
  file: string | undefined,
  first: readonly Prisoner[],
): Promise<Map<string, Prisoner>> {
  const text = file === undefined ? null : await readFile(file, "utf8").catch(() => null);
  const prisoners = text === null ? first : z.array(prisonerSchema).parse(JSON.parse(text));
  return new Map(prisoners.map((prisoner) => [prisoner.noms, prisoner]));
}

/** Keeps the prisoners for the next start. The file is whole at any moment. */
export async function savePrisoners(file: string | undefined, prisoners: ReadonlyMap<string, Prisoner>): Promise<void> {
  if (file === undefined) return;
  const draft = `${file}.${performance.now()}`;
  await writeFile(draft, JSON.stringify([...prisoners.values()], null, 2));
  await rename(draft, file);
}
