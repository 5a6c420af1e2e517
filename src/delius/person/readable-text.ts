import { z } from "zod";

// The journal keeps it, and PostgreSQL keeps no NUL and no half characters.
const printable = /^[^\p{Cc}\p{Cs}]*$/u;
// Line and paragraph separators, what turns the direction of text, and what takes no room: two names could look like one.
const visible = /^[^\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;

/** Text of someone else that shows all that is in it. White space around it is left out. */
export const readableText = z
  .string()
  .trim()
  .regex(printable, "holds control characters")
  .regex(visible, "holds characters that cannot be seen");
