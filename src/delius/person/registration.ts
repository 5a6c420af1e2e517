import { z } from "zod";
import { deliusDateSchema } from "../../platform/time/london-time.ts";

const codedSchema = z.object({ code: z.string(), description: z.string().nullable() });

/**
 * A live entry of a case's register: not deregistered and not deleted. `isRosh` says whether its type stands for a risk
 * of serious harm; dates are `yyyy-MM-dd` (rule C2).
 */
export const registrationSchema = z.object({
  type: z.string(),
  isRosh: z.boolean(),
  level: codedSchema.nullable(),
  category: codedSchema.nullable(),
  date: deliusDateSchema,
  reviewDate: deliusDateSchema.nullable(),
});

/** See {@link registrationSchema}. Lists of them stand with the latest first: by registration date, then by creation. */
export type Registration = Readonly<z.infer<typeof registrationSchema>>;
