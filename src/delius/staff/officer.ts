import { z } from "zod";

/** Delius's key of a member of staff. */
export const staffIdSchema = z.int().brand<"StaffId">();

/** Delius's key of a team. */
export const teamIdSchema = z.int().brand<"TeamId">();

/** Delius's key of a provider (probation area). */
export const providerIdSchema = z.int().brand<"ProviderId">();

/** A code in Delius, without the blanks that fill it up to the width of its column. */
export const codeSchema = z.string().transform((code) => code.trimEnd());

/** A member of staff in Delius; not all have a code. */
export const officerSchema = z.object({
  staffId: staffIdSchema,
  code: codeSchema.nullable().transform((code) => (code === "" ? null : code)),
  forename: z.string(),
  surname: z.string(),
});

/** A team in Delius. */
export const teamSchema = z.object({ teamId: teamIdSchema, code: z.string(), description: z.string() });

/** A provider in Delius. */
export const providerSchema = z.object({ providerId: providerIdSchema, code: z.string(), description: z.string() });

/** See {@link officerSchema}. */
export type Officer = Readonly<z.infer<typeof officerSchema>>;

/** See {@link teamSchema}. */
export type Team = Readonly<z.infer<typeof teamSchema>>;

/** See {@link providerSchema}. */
export type Provider = Readonly<z.infer<typeof providerSchema>>;

/** An officer as a sentence names them. */
export function describeOfficer({ forename, surname, code }: Pick<Officer, "forename" | "surname" | "code">): string {
  return `${forename} ${surname} (${code ?? "no code"})`;
}

/** See {@link staffIdSchema}. */
export type StaffId = z.infer<typeof staffIdSchema>;

/** See {@link teamIdSchema}. */
export type TeamId = z.infer<typeof teamIdSchema>;

/** See {@link providerIdSchema}. */
export type ProviderId = z.infer<typeof providerIdSchema>;
