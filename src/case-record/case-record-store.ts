import { z } from "zod";
import type { Executor, Statement } from "../adapters/database.ts";
import type { Identifier } from "../person/person.ts";
import { liveRegistrations } from "../person/registration-store.ts";
import { storedCaseSchema, type StoredCase } from "./case-record.ts";

const cases: Statement<{ readonly cases: readonly StoredCase[] }> = {
  name: "list-stored-cases",
  text: `
    select coalesce(found.cases, '[]') as cases
    from unnest($1::bpchar[], $2::bpchar[]) with ordinality as asked (crn, noms_number, place)
    left join lateral (
      select json_agg(json_build_object(
        'crn', offender.crn,
        'nomsNumber', offender.noms_number,
        'tier', (
          select code_description from r_standard_reference_list
          where standard_reference_list_id = offender.current_tier),
        'allocationDecision', (
          select decision.code_value
          from case_allocation
          join event on event.event_id = case_allocation.event_id and event.active_flag = 1 and event.soft_deleted = 0
          join disposal on disposal.event_id = event.event_id and disposal.active_flag = 1 and disposal.soft_deleted = 0
          left join r_standard_reference_list decision
            on decision.standard_reference_list_id = case_allocation.allocation_decision_id
          where case_allocation.offender_id = offender.offender_id
          order by case_allocation.allocation_decision_date desc nulls last, case_allocation.case_allocation_id desc
          limit 1),
        'manager', (
          select json_build_object(
            'code', staff.officer_code,
            'forename', staff.forename,
            'forename2', staff.forename2,
            'surname', staff.surname,
            'username', account.distinguished_name,
            'lastKnownEmail', case when known.username is not null then json_build_object('address', known.email_address,
              'readAt', (extract(epoch from known.read_at) * 1000)::bigint) end,
            'team', json_build_object('code', team.code, 'description', team.description),
            'district', case when district.district_id is not null
              then json_build_object('code', district.code, 'description', district.description) end)
          from offender_manager com
          join staff on staff.staff_id = com.allocation_staff_id
          join team on team.team_id = com.team_id
          left join district on district.district_id = team.district_id
          left join lateral (
            select distinguished_name from user_ where user_.staff_id = staff.staff_id order by user_id limit 1
          ) account on true
          left join mpc_delius.staff_email known on known.username = account.distinguished_name
          where com.offender_id = offender.offender_id and com.active_flag = 1 and com.soft_deleted = 0
          order by com.offender_manager_id desc
          limit 1),
        'registrations', ${liveRegistrations}
      )) as cases
      from offender
      where (offender.crn = asked.crn or offender.noms_number = asked.noms_number) and offender.soft_deleted = 0
    ) found on true
    order by asked.place`,
  row: z.object({ cases: z.array(storedCaseSchema) }),
};

/**
 * The undeleted cases that each identifier names, in the order asked: none, one, or several that share a NOMS number.
 * One statement for all of them.
 */
export async function listStoredCases(
  executor: Executor,
  identifiers: readonly Identifier[],
): Promise<readonly (readonly StoredCase[])[]> {
  const rows = await executor.list(cases, [
    identifiers.map((identifier) => ("crn" in identifier ? identifier.crn : null)),
    identifiers.map((identifier) => ("nomsNumber" in identifier ? identifier.nomsNumber : null)),
  ]);
  return rows.map((row) => row.cases);
}
