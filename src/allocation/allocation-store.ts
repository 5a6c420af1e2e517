import { z } from "zod";
import type { Executor, Statement } from "../adapters/database.ts";
import type { OffenderId } from "../person/person.ts";
import { candidateSchema } from "../staff/officer-choice.ts";
import { nameKey } from "../staff/officer-name.ts";
import { officerSchema, providerSchema, teamSchema } from "../staff/officer.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationFacts } from "./allocation-question.ts";
import { pomSchema, responsibleOfficerSchema } from "./history.ts";

/** A person and what Manage POM Cases says of them. */
export interface AllocationLookUp {
  readonly offenderId: OffenderId;
  readonly answer: AllocationAnswer;
}

/** What Delius holds of a person's allocation; numbers for new officers and reference data come from elsewhere. */
export type AllocationRecord = Omit<AllocationFacts, "highestNumbers" | "reasonDescriptions">;

const records: Statement<AllocationRecord> = {
  name: "list-allocation-records",
  text: `
    select
      coalesce((
        select json_agg(json_build_object(
          'pomId', pom.prison_offender_manager_id,
          'rowVersion', pom.row_version,
          'start', (extract(epoch from pom.allocation_date) * 1000)::bigint,
          'end', (extract(epoch from pom.end_date) * 1000)::bigint,
          'email', pom.email_address,
          'reason', json_build_object('code', reason.code_value, 'description', reason.code_description),
          'officer', json_build_object('staffId', staff.staff_id, 'code', staff.officer_code,
            'forename', staff.forename, 'surname', staff.surname),
          'team', json_build_object('teamId', team.team_id, 'code', team.code, 'description', team.description),
          'provider', json_build_object('providerId', provider.probation_area_id, 'code', provider.code,
            'description', provider.description)
        ) order by pom.prison_offender_manager_id)
        from prison_offender_manager pom
        join r_standard_reference_list reason on reason.standard_reference_list_id = pom.allocation_reason_id
        join staff on staff.staff_id = pom.allocation_staff_id
        join team on team.team_id = pom.allocation_team_id
        join probation_area provider on provider.probation_area_id = pom.probation_area_id
        where pom.offender_id = asked.offender_id and pom.soft_deleted = 0
      ), '[]') as poms,
      coalesce((
        select json_agg(json_build_object(
          'responsibleOfficerId', officer.responsible_officer_id,
          'rowVersion', officer.row_version,
          'pomId', officer.prison_offender_manager_id,
          'start', (extract(epoch from officer.start_date) * 1000)::bigint,
          'end', (extract(epoch from officer.end_date) * 1000)::bigint
        ) order by officer.responsible_officer_id)
        from responsible_officer officer
        where officer.offender_id = asked.offender_id
      ), '[]') as "responsibleOfficers",
      case when destination.provider is not null
        then json_build_object('provider', destination.provider, 'team', destination.team)
      end as destination,
      coalesce((
        select json_agg(json_build_object(
          'staffId', staff.staff_id, 'code', staff.officer_code, 'forename', staff.forename, 'surname', staff.surname,
          'isInTeam', exists (
            select from staff_team member
            where member.staff_id = staff.staff_id and member.team_id = destination.team_id)
        ) order by staff.staff_id)
        from staff
        where staff.probation_area_id = destination.provider_id
          and regexp_replace(lower(staff.surname collate "C"), '[^a-hjl-z]', '', 'g') = asked.surname_key
          and (staff.end_date is null or staff.end_date > clock_timestamp())
          and rtrim(staff.officer_code) not like '%U'
      ), '[]') as candidates,
      coalesce((
        select json_agg(json_build_object(
          'provider', json_build_object('providerId', provider.probation_area_id, 'code', provider.code,
            'description', provider.description),
          'team', case when team.team_id is not null
            then json_build_object('teamId', team.team_id, 'code', team.code, 'description', team.description) end,
          'officer', case when staff.staff_id is not null
            then json_build_object('staffId', staff.staff_id, 'code', staff.officer_code,
              'forename', staff.forename, 'surname', staff.surname) end))
        from (
          select distinct probation_area_id from prison_offender_manager pom
          where asked.prison_code is null and pom.offender_id = asked.offender_id and pom.soft_deleted = 0
        ) held
        join probation_area provider on provider.probation_area_id = held.probation_area_id
        left join team on team.code = (provider.code || 'ALL')::bpchar
        left join staff on staff.officer_code = (provider.code || 'ALLU')::bpchar
      ), '[]') as "unallocatedOfficers"
    from unnest($1::bigint[], $2::text[], $3::text[])
      with ordinality as asked (offender_id, prison_code, surname_key, place)
    left join lateral (
      select provider.probation_area_id as provider_id, team.team_id,
        json_build_object('providerId', provider.probation_area_id, 'code', provider.code,
          'description', provider.description) as provider,
        case when team.team_id is not null
          then json_build_object('teamId', team.team_id, 'code', team.code, 'description', team.description)
        end as team
      from r_institution institution
      join probation_area provider on provider.institution_id = institution.institution_id
      left join team on team.code = (provider.code || 'POM')::bpchar
        and team.probation_area_id = provider.probation_area_id
      where institution.nomis_cde_code = asked.prison_code
      order by provider.probation_area_id
      limit 1
    ) destination on true
    order by asked.place`,
  row: z.object({
    poms: z.array(pomSchema),
    responsibleOfficers: z.array(responsibleOfficerSchema),
    destination: z.object({ provider: providerSchema, team: teamSchema.nullable() }).nullable(),
    candidates: z.array(candidateSchema),
    unallocatedOfficers: z.array(
      z.object({ provider: providerSchema, team: teamSchema.nullable(), officer: officerSchema.nullable() }),
    ),
  }),
};

/**
 * What Delius holds of each person's allocation: live POM rows, responsible officer rows, the provider and team of the
 * prison that the answer names, its live officers who may bear the name that the answer gives, and the unallocated officers that a
 * deallocation may need; in the order asked (spec 1.4, 1.5).
 */
export function listAllocationRecords(
  executor: Executor,
  asked: readonly AllocationLookUp[],
): Promise<readonly AllocationRecord[]> {
  const allocated = asked.map(({ answer }) => (answer.kind === "allocated" ? answer : null));
  return executor.list(records, [
    asked.map(({ offenderId }) => offenderId),
    allocated.map((answer) => answer?.prisonCode ?? null),
    allocated.map((answer) => (answer === null ? null : nameKey(answer.manager.surname))),
  ]);
}
