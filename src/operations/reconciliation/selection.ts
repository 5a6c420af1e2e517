import { z } from "zod";
import {
  crnSchema,
  nomsNumberOr,
  nomsNumberSchema,
  offenderIdSchema,
  readCrn,
  readNomsNumber,
} from "../../delius/person/person.ts";

const namePerson = "Enter a CRN or a NOMS number, like X123456 or A1234BC";
const namePrison = "Enter the code of a prison, like LEI";
const nameNumber = "Enter how many cases, from 1 to 10,000";
const prisonSchema = z.string(namePrison).regex(/^[A-Z0-9]{3,6}$/, namePrison);
const sampleSchema = z.int(nameNumber).min(1, nameNumber).max(10_000, nameNumber);

/** Which cases are compared or refreshed: all, some by number, those of a prison, or a sample (rule R1). */
export const selectionSchema = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ nomsNumbers: z.array(nomsNumberSchema).min(1) }),
  z.strictObject({ crns: z.array(crnSchema).min(1) }),
  z.strictObject({ prison: prisonSchema }),
  z.strictObject({ sample: sampleSchema }),
]);

const maxNamed = 50;
const nameFewer = `Name at most ${maxNamed} cases`;

/** What is said of an order that does not say which cases to compare. */
export const chooseCases = "Choose which cases to compare";

const selectionFaults: Readonly<Record<string, string>> = {
  prison: namePrison,
  sample: nameNumber,
  nomsNumbers: namePerson,
  crns: namePerson,
};

/** What is wrong with a selection, by the one way in which it chooses. */
function describeFault(input: unknown): string {
  const given = z.record(z.string(), z.unknown()).safeParse(input).data ?? {};
  const [name = "", ...others] = Object.keys(given);
  const isTooMany = z.array(z.unknown()).safeParse(given[name]).data?.[maxNamed] !== undefined;
  if (isTooMany) return nameFewer;
  return others.length > 0 ? chooseCases : (selectionFaults[name] ?? chooseCases);
}

function orderedOf<All extends z.ZodType>(all: All) {
  const ways = [
    z.strictObject({ all }),
    z.strictObject({ nomsNumbers: z.array(nomsNumberOr(namePerson)).min(1, namePerson).max(maxNamed, nameFewer) }),
    z.strictObject({ crns: z.array(crnSchema).min(1, namePerson).max(maxNamed, nameFewer) }),
    z.strictObject({ prison: prisonSchema }),
    z.strictObject({ sample: sampleSchema }),
  ] as const;
  return z.union(ways, { error: ({ input }) => describeFault(input) });
}

/** Which cases the service compares by an operator's order. */
export const orderedSelectionSchema = orderedOf(z.literal(true));

/** The same for the document: not every language that reads it has a value that must be true. */
export const documentedSelectionSchema = orderedOf(z.boolean());

export type Selection = Readonly<z.infer<typeof selectionSchema>>;

/** A case that is to be compared. */
export const selectedCaseSchema = z.object({
  offenderId: offenderIdSchema,
  nomsNumber: z.string().toUpperCase().pipe(nomsNumberSchema),
});

export type SelectedCase = Readonly<z.infer<typeof selectedCaseSchema>>;

/** A list of numbers: the option may be given several times, and hold several between commas. Each counts once. */
function numbers<Value extends string>(read: (text: string) => Value | null, what: string) {
  return z
    .array(z.string())
    .transform((words) => words.flatMap((word) => word.split(",")))
    .transform((words, context) => {
      const found = words.map(read);
      const wrong = words.filter((_, index) => found[index] === null);
      if (wrong.length > 0) {
        const names = wrong.map((word) => `"${word}"`).join(", ");
        context.addIssue({ code: "custom", message: `must be ${what}, which ${names} is not` });
      }
      return [...new Set(found.filter((one) => one !== null))];
    })
    .default([]);
}

/** The options of a command line that choose cases. */
export const selectionWords = {
  all: z.boolean().default(false),
  noms: numbers(readNomsNumber, "a NOMS number like A1234BC"),
  crn: numbers(readCrn, "a CRN like X123456"),
  prison: z
    .string()
    .transform((code) => code.trim().toUpperCase())
    .pipe(z.string().regex(/^[A-Z0-9]{3,6}$/, "must be a prison's code like LEI"))
    .optional(),
  sample: z
    .string()
    .regex(/^\d{1,5}$/, "must be a whole number from 1 to 10000")
    .transform(Number)
    .pipe(
      z.int().min(1, "must be a whole number from 1 to 10000").max(10_000, "must be a whole number from 1 to 10000"),
    )
    .optional(),
};

type SelectionValues = Readonly<z.infer<z.ZodObject<typeof selectionWords>>>;

/** The cases that the words of a command line choose: null where they choose none, a fault where they choose twice. */
export function toSelection({
  all,
  noms,
  crn,
  prison,
  sample,
}: SelectionValues): { readonly selection: Selection | null } | { readonly fault: string } {
  const choices = {
    all: all ? { all } : null,
    noms: noms.length > 0 ? { nomsNumbers: noms } : null,
    crn: crn.length > 0 ? { crns: crn } : null,
    prison: prison === undefined ? null : { prison },
    sample: sample === undefined ? null : { sample },
  };
  const made = Object.entries(choices).filter(([, choice]) => choice !== null);
  if (made.length > 1) {
    const names = made.map(([name]) => `--${name}`).join(" and ");
    return { fault: `${names} choose cases in two ways: give one of them` };
  }
  const [, selection = null] = made[0] ?? [];
  return { selection };
}
