import { z } from "zod";
import { officerSchema, type StaffId } from "./officer.ts";

/** A live officer of a provider who bears the name that was asked for, and whether the POM team counts them in. */
export const candidateSchema = officerSchema.extend({ isInTeam: z.boolean() });

/** See {@link candidateSchema}. */
export type Candidate = Readonly<z.infer<typeof candidateSchema>>;

/**
 * Of several officers of one name: the open POM's own officer first, then a member of the POM team, then the lowest key
 * (rule S1). Undefined when there is none.
 */
export function chooseOfficer(
  candidates: readonly Candidate[],
  openPomOfficer: StaffId | undefined,
): Candidate | undefined {
  const rank = (candidate: Candidate) => {
    if (candidate.staffId === openPomOfficer) return 0;
    return candidate.isInTeam ? 1 : 2;
  };
  return candidates.toSorted((a, b) => rank(a) - rank(b) || a.staffId - b.staffId)[0];
}
