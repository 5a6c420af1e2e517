import type { ContactTypeCode } from "../fact/delius-codes.ts";
import type { Provider, Team } from "../../delius/staff/officer.ts";
import { formatLondonDate, formatLondonTime, type Instant } from "../../platform/time/london-time.ts";

/** An entry for the case's diary. Provider, team and staff are those of the new POM. */
export interface NewContact {
  readonly type: ContactTypeCode;
  readonly at: Instant;
  readonly notes: string;
}

/** The facts of a POM that diary entries name. */
export interface DescribedPom {
  readonly start: Instant;
  readonly reason: { readonly description: string };
  readonly officer: { readonly forename: string; readonly surname: string };
  readonly team: Pick<Team, "description">;
  readonly provider: Pick<Provider, "description">;
}

/** The notes of an allocation contact, line by line (rule A9). */
export function writeAllocationNotes(to: DescribedPom, from: DescribedPom | undefined): string {
  const lines = [`Transfer Reason: ${to.reason.description}`, `Transfer Date: ${formatLondonDate(to.start)}`];
  if (from === undefined) return lines.join("\n");
  return [
    ...lines,
    `From Establishment Provider: ${from.provider.description}`,
    `From Team: ${from.team.description}`,
    `From Officer: ${from.officer.surname}, ${from.officer.forename}`,
  ].join("\n");
}

/** The notes of a responsible officer contact, line by line (rule A9). */
export function writeResponsibleOfficerNotes(to: DescribedPom, from: DescribedPom, endedAt: Instant): string {
  return [
    "New Details:",
    ...describe(to, []),
    "",
    "Previous Details:",
    ...describe(from, [`End Date: ${formatLondonTime(endedAt)}`]),
  ].join("\n");
}

function describe({ officer, team, provider, start, reason }: DescribedPom, end: readonly string[]): readonly string[] {
  return [
    "Responsible Officer Type: Prison Offender Manager",
    `Responsible Officer: ${officer.surname}, ${officer.forename} (${team.description}, ${provider.description})`,
    `Start Date: ${formatLondonTime(start)}`,
    ...end,
    `Allocation Reason: ${reason.description}`,
  ];
}
