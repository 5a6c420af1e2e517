import { z } from "zod";
import { selectionWords, toSelection } from "../operations/reconciliation/selection.ts";

const count = (least: number, most: number) => {
  const fault = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, fault)
    .transform(Number)
    .refine((value) => value >= least && value <= most, fault);
};
const flag = z.boolean().default(false);

/** What `reconcile` and `refresh` share: how fast they read, what a repair may do, and the words that choose cases. */
const shared = {
  ...selectionWords,
  rate: count(1, 1_000).prefault("100"),
  parallel: count(1, 64).prefault("8"),
  "dry-run": flag,
  "remove-stale": flag,
  "allow-deletes": flag,
};

/** The options of `reconcile`. */
export const reconcileOptions = z
  .object({
    ...shared,
    json: flag,
    csv: flag,
    to: z.string().min(1, "must name a file").optional(),
    settle: count(0, 3_600).prefault("10"),
    repair: flag,
  })
  .check(({ value, issues }) => {
    const { json, csv, to, repair } = value;
    const faults = [
      json && csv && "--json and --csv exclude each other",
      to !== undefined && !json && !csv && "--to goes with --json or --csv",
      ...(["dry-run", "remove-stale", "allow-deletes"] as const).map(
        (name) => value[name] && !repair && `--${name} goes with --repair`,
      ),
    ];
    for (const message of faults) if (message !== false) issues.push({ code: "custom", message, input: value });
  })
  .transform(takeSelection);

export type ReconcileOptions = Readonly<z.infer<typeof reconcileOptions>>;

/** The options of `refresh`. */
export const refreshOptions = z
  .object({ ...shared, apply: flag })
  .check(({ value, issues }) => {
    if (!value.apply || !value["dry-run"]) return;
    issues.push({ code: "custom", message: "--apply and --dry-run exclude each other", input: value });
  })
  .transform(takeSelection);

export type RefreshOptions = Readonly<z.infer<typeof refreshOptions>>;

type SelectionValues = z.infer<z.ZodObject<typeof selectionWords>>;

/** Puts the one choice of cases in the place of the words that made it; null where no case is chosen. */
function takeSelection<Values extends SelectionValues>(values: Values, context: z.RefinementCtx) {
  const { all, noms, crn, prison, sample, ...rest } = values;
  const chosen = toSelection({ all, noms, crn, prison, sample });
  if ("fault" in chosen) {
    context.addIssue({ code: "custom", message: chosen.fault });
    return z.NEVER;
  }
  return { ...rest, selection: chosen.selection };
}
