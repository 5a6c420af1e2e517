import { z } from "zod";

/** What may need a person, as the database says it. */
export const needsSchema = z.object({
  quarantine: z.array(z.object({ reason: z.string(), messages: z.int(), oldest: z.string() })),
  waiting: z.array(z.object({ waitsFor: z.string(), cases: z.int(), oldest: z.string() })),
  /** What the newest finished run over all cases found; null where none has finished. */
  drift: z
    .object({
      id: z.int(),
      /** Those that a repair, or another comparison, ends. */
      differences: z.int(),
      /** The others: of the classes that a repair leaves. */
      lasting: z.int(),
      finishedAt: z.string(),
    })
    .nullable(),
  lastFailure: z.string().nullable(),
});

/** What may need a person. */
export type Needs = Readonly<z.infer<typeof needsSchema>>;
