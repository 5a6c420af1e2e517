import { londonDate, writeDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { AllocationWrite, ChangedRows, orderWrites } from "./allocation-changes.ts";
import type { PlannedResponsibleOfficer } from "./plan.ts";

// What was decided about an allocation, as the statements that write it read it.

/** Rows that change, by the names of their columns. */
export function toChanged({ poms, responsibleOfficers }: ChangedRows) {
  return {
    poms: poms.map(({ pomId, rowVersion, end, email, removed }) => ({
      pom_id: pomId,
      row_version: rowVersion,
      end_date: toTime(end),
      email,
      removed,
    })),
    responsibleOfficers: responsibleOfficers.map((row) => ({ ...toResponsibleOfficer(row), pom_id: row.pomId })),
  };
}

/** Rows that are new, or move to a new POM, by the names of their columns. */
export function toAdded(writes: readonly AllocationWrite[], moving: ReturnType<typeof orderWrites>["moving"]) {
  const poms = writes.flatMap(({ offenderId, changes: { newPom } }) =>
    newPom === null ? [] : { offenderId, ...newPom },
  );
  return {
    officers: poms.flatMap(({ officer }) => {
      if ("staffId" in officer) return [];
      const { code, forename, surname, providerId, start } = officer;
      return { code, forename, surname, probation_area_id: providerId, start_date: writeDeliusTime(start) };
    }),
    poms: poms.map(({ offenderId, officer, team, provider, start, email, reason, joinsTeam }) => ({
      ...("staffId" in officer ? { known_staff_id: officer.staffId } : { officer_code: officer.code }),
      offender_id: offenderId,
      team_id: team.teamId,
      probation_area_id: provider.providerId,
      start_date: writeDeliusTime(start),
      email,
      reason: reason.code,
      joins_team_id: joinsTeam,
    })),
    responsibleOfficers: writes.flatMap(({ offenderId, changes: { newResponsibleOfficer: row } }) =>
      row === null
        ? []
        : { offender_id: offenderId, start_date: writeDeliusTime(row.start), end_date: toTime(row.end) },
    ),
    movedResponsibleOfficers: moving.map((row) => ({ ...toResponsibleOfficer(row), offender_id: row.offenderId })),
    contacts: writes.flatMap(({ offenderId, changes: { contacts } }) =>
      contacts.map(({ type, at, notes }) => ({
        offender_id: offenderId,
        type,
        date: londonDate(at),
        at: writeDeliusTime(at),
        notes,
      })),
    ),
  };
}

function toResponsibleOfficer({
  responsibleOfficerId,
  rowVersion,
  start,
  end,
}: Omit<PlannedResponsibleOfficer, "pomId">) {
  return {
    responsible_officer_id: responsibleOfficerId,
    row_version: rowVersion,
    start_date: writeDeliusTime(start),
    end_date: toTime(end),
  };
}

function toTime(instant: Instant | null): string | null {
  return instant === null ? null : writeDeliusTime(instant);
}
