import { z } from "zod";

/** What may need a person, as the database says it. */
export const needsSchema = z.object({
  quarantine: z.array(z.object({ reason: z.string(), messages: z.int(), oldest: z.string() })),
  waiting: z.array(z.object({ waitsFor: z.string(), cases: z.int(), oldest: z.string() })),
  drift: z.object({ id: z.int(), differences: z.int(), finishedAt: z.string() }).nullable(),
  lastFailure: z.string().nullable(),
});

/** What may need a person. */
export type Needs = Readonly<z.infer<typeof needsSchema>>;
