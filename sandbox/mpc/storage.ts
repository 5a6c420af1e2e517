import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { prisonerSchema, type Prisoner } from "./prisoner.ts";

/** The prisoners of a simulator, kept between starts where it has a file. */
export interface Prisoners {
  readonly known: ReadonlyMap<string, Prisoner>;
  /** Puts a prisoner in the place of the one of the same number. Resolves when that is kept. */
  put(prisoner: Prisoner): Promise<void>;
}

/** Reads the prisoners of an earlier start, or takes the given ones where there was none. */
export async function openPrisoners(file: string | undefined, first: Iterable<Prisoner>): Promise<Prisoners> {
  const text = file === undefined ? null : await readKept(file);
  const prisoners = text === null ? first : z.array(prisonerSchema).parse(JSON.parse(text));
  const known = new Map<string, Prisoner>();
  for (const prisoner of prisoners) known.set(prisoner.noms, prisoner);
  let saved: Promise<void> = Promise.resolve();
  return {
    known,
    put: (prisoner) => {
      known.set(prisoner.noms, prisoner);
      // One after another: an older state must not come last.
      saved = saved.catch(() => undefined).then(() => save(file, known));
      return saved;
    },
  };
}

async function readKept(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

// The file is whole at any moment.
async function save(file: string | undefined, known: Prisoners["known"]): Promise<void> {
  if (file === undefined) return;
  await writeFile(`${file}.draft`, JSON.stringify([...known.values()], null, 2));
  await rename(`${file}.draft`, file);
}
