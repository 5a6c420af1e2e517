import { z } from "zod";
import { activeSentences } from "../../delius/person/sentence-store.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Crn, Identifier, NomsNumber } from "../../delius/person/person.ts";
import { registrationSchema } from "../../delius/person/registration.ts";
import { liveRegistrations } from "../../delius/person/registration-store.ts";
import { codeSchema } from "../../delius/staff/officer.ts";
import { writeDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { StoredCase } from "./case-record.ts";

const optionalNameSchema = z
  .string()
  .nullable()
  .transform((name) => (name === null || name.trim() === "" ? null : name));

const managerSchema = z.object({
  officerCode: codeSchema.nullable(),
  forename: optionalNameSchema,
  forename2: optionalNameSchema,
  surname: optionalNameSchema,
  username: optionalNameSchema,
  knownEmail: z.string().nullable(),
  emailReadAt: z.int().nullable(),
  teamCode: codeSchema.nullable(),
  teamDescription: z.string().nullable(),
  districtCode: codeSchema.nullable(),
  districtDescription: z.string().nullable(),
});
const caseSchema = z.object({
  /** Which of the identifiers asked names the case, from 1. */
  place: z.int(),
  /** Names the case where its row cannot be read. */
  offenderId: z.int(),
  crn: z.string(),
  nomsNumber: z.string().nullable(),
  tier: z.string().nullable(),
  allocationDecision: z.string().nullable(),
  registrations: z.array(registrationSchema),
});

/** A row of the statement: columns and not one JSON document, whose making costs the server a quarter of its time. */
export const storedCaseRowSchema = caseSchema.extend(managerSchema.shape);

type StoredCaseRow = z.infer<typeof storedCaseRowSchema>;

const cases: Statement<
  StoredCaseRow,
  [crns: readonly (Crn | null)[], nomsNumbers: readonly (NomsNumber | null)[], now: string]
> = {
  name: "list-stored-cases",
  text: `
    select
      asked.place,
      offender.offender_id as "offenderId",
      offender.crn,
      offender.noms_number as "nomsNumber",
      (select code_description from r_standard_reference_list
        where standard_reference_list_id = offender.current_tier) as tier,
      (select (select code_value from r_standard_reference_list
          where standard_reference_list_id = case_allocation.allocation_decision_id)
        from case_allocation
        join ${activeSentences} on sentence.event_id = case_allocation.event_id
        where case_allocation.offender_id = offender.offender_id
        order by case_allocation.allocation_decision_date desc nulls last, case_allocation.case_allocation_id desc
        fetch first 1 rows only) as "allocationDecision",
      manager.*,
      ${liveRegistrations} as registrations
    from unnest($1::text[], $2::text[]) with ordinality as asked (crn, noms_number, place)
    join lateral (
      (select offender_id, crn, noms_number, current_tier from offender
        where upper(crn) = asked.crn and soft_deleted = 0 and training_session_id is null
        order by offender_id
        fetch first 1 rows only)
      union all
      select offender_id, crn, noms_number, current_tier from offender
      where upper(noms_number) = asked.noms_number and soft_deleted = 0 and training_session_id is null
    ) offender on true
    left join lateral (
      select
        staff.officer_code as "officerCode",
        staff.forename,
        staff.forename2,
        staff.surname,
        account.distinguished_name as username,
        known.email_address as "knownEmail",
        (extract(epoch from known.read_at) * 1000)::bigint as "emailReadAt",
        team.code as "teamCode",
        team.description as "teamDescription",
        district.code as "districtCode",
        district.description as "districtDescription"
      from offender_manager com
      left join staff on staff.staff_id = com.allocation_staff_id
      left join team on team.team_id = com.team_id
      left join district on district.district_id = team.district_id and district.training_session_id is null
      left join lateral (
        select distinguished_name from user_
        where user_.staff_id = staff.staff_id and user_.training_session_id is null
          and (user_.end_date is null or user_.end_date > $3::timestamp)
        order by user_id
        fetch first 1 rows only
      ) account on true
      left join mpc_delius.staff_email known on known.username = account.distinguished_name
      where com.offender_id = offender.offender_id and com.active_flag = 1 and com.soft_deleted = 0
        and com.training_session_id is null
      order by com.allocation_date desc, com.offender_manager_id desc
      fetch first 1 rows only
    ) manager on true`,
  row: storedCaseRowSchema,
};

/**
 * The undeleted cases that each identifier names, in the order asked: none, one, or several that share a NOMS number. Of
 * several that share a CRN only the one with the lowest key.
 * One statement for all of them. Users whose time is over by `now` are not looked at.
 */
export async function listStoredCases(
  executor: Executor,
  identifiers: readonly Identifier[],
  now: Instant,
): Promise<readonly (readonly StoredCase[])[]> {
  const rows = await executor.list(cases, [
    identifiers.map((identifier) => ("crn" in identifier ? identifier.crn : null)),
    identifiers.map((identifier) => ("nomsNumber" in identifier ? identifier.nomsNumber : null)),
    writeDeliusTime(now),
  ]);
  const found = identifiers.map((): StoredCase[] => []);
  for (const row of rows) found[row.place - 1]?.push(toStoredCase(row));
  return found;
}

/** The case that a row holds. */
export function toStoredCase(row: StoredCaseRow): StoredCase {
  const { crn, nomsNumber, tier, allocationDecision, registrations, officerCode, forename, forename2, surname } = row;
  const { username, knownEmail, emailReadAt, teamCode, teamDescription, districtCode, districtDescription } = row;
  const lastKnownEmail = emailReadAt === null ? null : { address: knownEmail, readAt: emailReadAt };
  const officer =
    forename === null || surname === null
      ? null
      : { code: officerCode, forename, forename2, surname, username, lastKnownEmail };
  const district =
    districtCode === null || districtDescription === null
      ? null
      : { code: districtCode, description: districtDescription };
  // None where an outside employee manages the case: Delius then holds no team.
  const manager =
    teamCode === null || teamDescription === null
      ? null
      : { officer, team: { code: teamCode, description: teamDescription }, district };
  return { crn, nomsNumber, tier, allocationDecision, manager, registrations };
}
