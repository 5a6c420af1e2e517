import { z } from "zod";

/** A probation case number in Delius: one capital letter, six digits. */
export const crnSchema = z
  .string()
  .regex(/^[A-Z][0-9]{6}$/)
  .brand<"Crn">();

/** A prison number: a letter, four digits, two letters. It links a Delius case to a prisoner. */
export const nomsNumberSchema = nomsNumberOr("This is not a NOMS number");

/** The same, with what is said of anything else. */
export function nomsNumberOr(message: string) {
  return z
    .string(message)
    .regex(/^[A-Z][0-9]{4}[A-Z]{2}$/, message)
    .brand<"NomsNumber">();
}

/** Delius's key of a case. */
export const offenderIdSchema = z.int().brand<"OffenderId">();

export type Crn = z.infer<typeof crnSchema>;

export type NomsNumber = z.infer<typeof nomsNumberSchema>;

export type OffenderId = z.infer<typeof offenderIdSchema>;

/** A CRN written in any letter case and with white space around it, or null. */
export const readCrn = readerOf(crnSchema);

/** A NOMS number written in any letter case and with white space around it, or null. */
export const readNomsNumber = readerOf(nomsNumberSchema);

// Plain letters only: another alphabet's could become them (ß is SS in capitals) and name someone else.
function readerOf<Schema extends z.ZodType>(schema: Schema) {
  return (text: string): z.infer<Schema> | null =>
    schema.safeParse(text.trim().replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())).data ?? null;
}

/** How the API's document describes what {@link readCrn} reads. */
export const givenCrnSchema = z
  .string()
  .regex(/^[A-Za-z][0-9]{6}$/)
  .meta({ description: "CRN, in any letter case", examples: ["X100001"] });

/** How the API's document describes what {@link readNomsNumber} reads. */
export const givenNomsNumberSchema = z
  .string()
  .regex(/^[A-Za-z][0-9]{4}[A-Za-z]{2}$/)
  .meta({ description: "NOMS number, in any letter case", examples: ["A1002AA"] });

/** How the API's document describes what {@link readIdentifier} reads. */
export const givenIdentifierSchema = z
  .string()
  .regex(/^[A-Za-z]([0-9]{6}|[0-9]{4}[A-Za-z]{2})$/)
  .meta({ description: "CRN or NOMS number, in any letter case", examples: ["X100001", "A1001AA"] });

/** How a caller names a case: by CRN or by NOMS number. */
export type Identifier = { readonly crn: Crn } | { readonly nomsNumber: NomsNumber };

/** A CRN or NOMS number written in any letter case, or null when it is neither (rule C1). */
export function readIdentifier(text: string): Identifier | null {
  const crn = readCrn(text);
  if (crn !== null) return { crn };
  const nomsNumber = readNomsNumber(text);
  return nomsNumber === null ? null : { nomsNumber };
}
