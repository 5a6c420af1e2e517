import { z } from "zod";

/** Text that PostgreSQL can hold: without a NUL and without half a surrogate pair. */
export const storableTextSchema = z.string().refine(isStorable, "holds characters that cannot be stored");

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
