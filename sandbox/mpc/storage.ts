import { z } from "zod";
import { keepInOrder, readKept } from "../kept-file.ts";
import { prisonerSchema, type Prisoner } from "./prisoner.ts";

/** The prisoners of a simulator, kept between starts where it has a file. */
export interface Prisoners {
  readonly known: ReadonlyMap<string, Prisoner>;
  /** Puts a prisoner in the place of the one of the same number. Resolves when that is kept. */
  readonly put: (prisoner: Prisoner) => Promise<void>;
}

/** Reads the prisoners of an earlier start, or takes the given ones where there was none. */
export async function openPrisoners(file: string | undefined, first: Iterable<Prisoner>): Promise<Prisoners> {
  const kept = file === undefined ? null : await readKept(file, z.array(prisonerSchema));
  const known = new Map<string, Prisoner>();
  for (const prisoner of kept ?? first) known.set(prisoner.noms, prisoner);
  const save = keepInOrder(file, () => [...known.values()]);
  return {
    known,
    put: (prisoner) => {
      known.set(prisoner.noms, prisoner);
      return save();
    },
  };
}
