import { z } from "zod";
import { readIdentifier } from "../../delius/person/person.ts";
import { reasonSchema } from "../../operations/action/action.ts";
import { selectionSchema } from "../../operations/reconciliation/selection.ts";

const textSchema = z.string().trim().default("");

/** The form that starts a run: which cases, and why. */
export const runFormSchema = z
  .object({
    scope: z.enum(["all", "prison", "sample", "person"]),
    prison: textSchema,
    sample: textSchema,
    person: textSchema,
    reason: reasonSchema,
  })
  .transform(({ scope, reason, ...given }, context) => {
    const selection = selectionSchema.safeParse(select(scope, given)).data;
    if (selection !== undefined) return { selection, reason };
    context.addIssue({ code: "custom", path: [scope], message: runFormFaults[scope] });
    return z.NEVER;
  });

/** What to say of a field that does not fit. */
export const runFormFaults = {
  scope: "Choose which cases to compare",
  all: "Choose which cases to compare",
  prison: "Enter the code of a prison, like LEI",
  sample: "Enter how many cases, from 1 to 10,000",
  person: "Enter a CRN or a NOMS number, like X123456 or A1234BC",
} as const;

interface Given {
  readonly prison: string;
  readonly sample: string;
  readonly person: string;
}

function select(scope: "all" | keyof Given, { prison, sample, person }: Given): unknown {
  const identifier = readIdentifier(person);
  switch (scope) {
    case "all":
      return { all: true };
    case "prison":
      return { prison: prison.toUpperCase() };
    case "sample":
      return { sample: Number(sample.replaceAll(",", "")) };
    case "person":
      if (identifier === null) return null;
      return "crn" in identifier ? { crns: [identifier.crn] } : { nomsNumbers: [identifier.nomsNumber] };
  }
}
