import { z } from "zod";

/** Text that PostgreSQL can hold: see {@link isStorable}. */
export const storableTextSchema = z.string().refine(isStorable, "holds characters that cannot be stored");

/** Whether PostgreSQL can hold a text: one without a NUL and without half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
