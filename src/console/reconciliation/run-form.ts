import { z } from "zod";
import { readIdentifier } from "../../delius/person/person.ts";
import { reasonSchema } from "../../operations/action/action.ts";
import { chooseCases, orderedSelectionSchema } from "../../operations/reconciliation/selection.ts";

const textSchema = z.string().trim().default("");

/** The form that starts a run: which cases, and why. */
export const runFormSchema = z
  .object({
    scope: z.enum(["all", "prison", "sample", "person"], chooseCases),
    prison: textSchema,
    sample: textSchema,
    person: textSchema,
    reason: reasonSchema,
  })
  .transform(({ scope, reason, ...given }, context) => {
    const { data: selection, error } = orderedSelectionSchema.safeParse(select(scope, given));
    if (selection !== undefined) return { selection, reason };
    context.addIssue({ code: "custom", path: [scope], message: error.issues[0]?.message ?? chooseCases });
    return z.NEVER;
  });

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
      if (identifier === null) return { nomsNumbers: [person] };
      return "crn" in identifier ? { crns: [identifier.crn] } : { nomsNumbers: [identifier.nomsNumber] };
  }
}
