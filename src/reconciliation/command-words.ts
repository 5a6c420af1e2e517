import { z } from "zod";
import { readSelection, type Selection } from "./selection.ts";

const count = (most: number) => z.coerce.number().int().min(1).max(most);

const wordsSchema = z.object({
  all: z.boolean().default(false),
  noms: z.array(z.string()).default([]),
  prison: z.string().optional(),
  sample: z.string().optional(),
  json: z.boolean().default(false),
  csv: z.boolean().default(false),
  rate: count(1_000).default(100),
  parallel: count(64).default(8),
  settle: z.coerce.number().int().min(0).max(3_600).default(10),
  repair: z.boolean().default(false),
  apply: z.boolean().default(false),
  "dry-run": z.boolean().default(false),
  "remove-stale": z.boolean().default(false),
  "allow-deletes": z.boolean().default(false),
});

/** What the options of `reconcile` and `refresh` are, for the parser of command lines. */
export const commandOptions = {
  all: { type: "boolean" },
  noms: { type: "string", multiple: true },
  prison: { type: "string" },
  sample: { type: "string" },
  json: { type: "boolean" },
  csv: { type: "boolean" },
  rate: { type: "string" },
  parallel: { type: "string" },
  settle: { type: "string" },
  repair: { type: "boolean" },
  apply: { type: "boolean" },
  "dry-run": { type: "boolean" },
  "remove-stale": { type: "boolean" },
  "allow-deletes": { type: "boolean" },
} as const;

/** The words of a command, read. */
export type CommandWords = Omit<z.infer<typeof wordsSchema>, "all" | "noms" | "prison" | "sample"> & {
  /** Null where no cases are named. */
  readonly selection: Selection | null;
};

/** Reads the values of {@link commandOptions}; null when one cannot be read, or two of them choose cases. */
export function readWords(values: Readonly<Record<string, unknown>>): CommandWords | null {
  const words = wordsSchema.safeParse(values).data;
  if (words === undefined) return null;
  const { all, noms, prison, sample, ...rest } = words;
  const isChoosing = all || noms.length > 0 || prison !== undefined || sample !== undefined;
  const selection = readSelection({ all, noms, prison, sample });
  return isChoosing && selection === null ? null : { ...rest, selection };
}
