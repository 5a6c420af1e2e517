import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { OffenderId } from "../../delius/person/person.ts";
import {
  candidateSchema,
  nameKey,
  codeSchema,
  officerSchema,
  providerSchema,
  teamSchema,
} from "../../delius/staff/officer.ts";
import { writeDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import type { AllocationFacts } from "./allocation-question.ts";
import { pomSchema, responsibleOfficerSchema } from "./plan.ts";

/** A person and what Manage POM Cases says of them. */
export interface AllocationLookUp {
  readonly offenderId: OffenderId;
  readonly answer: AllocationAnswer;
  /** What has ended by then is not found. */
  readonly lookedUpAt: Instant;
}

/** What Delius holds of a person's allocation; numbers for new officers and reference data come from elsewhere. */
export type AllocationRecord = Omit<AllocationFacts, "highestNumbers" | "reasonDescriptions">;

const isLive = (table: string) =>
  `${table}.training_session_id is null and (${table}.end_date is null or ${table}.end_date > $4::timestamp)`;

// A row as a whole becomes JSON under the names of its columns: `json_build_object` looks up the type of each name as well, every time.
const team = `team.team_id as "teamId", team.code, team.description`;
const teams = `(select ${team} from team)`;
const officers = `(select staff.staff_id as "staffId", staff.officer_code as code, staff.forename, staff.surname from staff)`;
const providers = `(select area.probation_area_id as "providerId", area.code, area.description from probation_area area)`;
const reasons = `(select entry.standard_reference_list_id as "reasonId", entry.code_value as code,
  entry.code_description as description from r_standard_reference_list entry)`;

const findTeam = (suffix: string) => `
      select ${team}
      from team
      where team.code = (provider.code || '${suffix}')::bpchar and team.probation_area_id = provider."providerId"
        and ${isLive("team")}
      order by team.team_id
      fetch first 1 rows only`;

const records: Statement<
  AllocationRecord,
  [
    offenderIds: readonly OffenderId[],
    prisonCodes: readonly (string | null)[],
    surnameKeys: readonly (string | null)[],
    now: string,
  ]
> = {
  name: "list-allocation-records",
  text: `
    select
      coalesce((
        select json_agg(held order by held."pomId")
        from (
          select pom.prison_offender_manager_id as "pomId", pom.row_version as "rowVersion",
            pom.allocation_date as start, pom.end_date as end, pom.created_datetime as "createdAt",
            pom.email_address as email, reason, officer, team, provider
          from prison_offender_manager pom
          join ${reasons} reason on reason."reasonId" = pom.allocation_reason_id
          join ${officers} officer on officer."staffId" = pom.allocation_staff_id
          join ${teams} team on team."teamId" = pom.allocation_team_id
          join ${providers} provider on provider."providerId" = pom.probation_area_id
          where pom.offender_id = asked.offender_id and pom.soft_deleted = 0
        ) held
      ), '[]') as poms,
      coalesce((
        select json_agg(held order by held."responsibleOfficerId")
        from (
          select officer.responsible_officer_id as "responsibleOfficerId", officer.row_version as "rowVersion",
            officer.prison_offender_manager_id as "pomId", officer.start_date as start, officer.end_date as end
          from responsible_officer officer
          where officer.offender_id = asked.offender_id
        ) held
      ), '[]') as "responsibleOfficers",
      case
        when provider."providerId" is not null then json_build_object('provider', provider, 'team', team)
        when prison.codes is not null then json_build_object('contenders', prison.codes)
      end as destination,
      coalesce((
        select json_agg(candidate order by candidate."staffId")
        from (
          select staff.staff_id as "staffId", staff.officer_code as code, staff.forename, staff.surname,
            exists (
              select 1 from staff_team member
              where member.staff_id = staff.staff_id and member.team_id = team."teamId"
                and member.training_session_id is null) as "isInTeam"
          from staff
          where staff.probation_area_id = provider."providerId"
            and regexp_replace(lower(staff.surname collate "C"), '[^a-hjl-z]', '', 'g') = asked.surname_key
            and ${isLive("staff")}
            and (staff.officer_code is null or rtrim(staff.officer_code) not like '%U')
        ) candidate
      ), '[]') as candidates,
      case when asked.prison_code is not null then '[]' else coalesce((
        select json_agg(json_build_object('provider', provider, 'team', team, 'officer', officer))
        from (
          select distinct probation_area_id from prison_offender_manager pom
          where pom.offender_id = asked.offender_id and pom.soft_deleted = 0
        ) held
        join ${providers} provider on provider."providerId" = held.probation_area_id
        left join lateral (${findTeam("ALL")}) team on true
        left join lateral (
          select staff.staff_id as "staffId", staff.officer_code as code, staff.forename, staff.surname
          from staff
          where staff.officer_code = (provider.code || 'ALLU')::bpchar
            and staff.probation_area_id = provider."providerId" and ${isLive("staff")}
          order by case when exists (
            select 1 from staff_team member
            where member.staff_id = staff.staff_id and member.team_id = team."teamId"
              and member.training_session_id is null) then 0 else 1 end, staff.staff_id
          fetch first 1 rows only
        ) officer on true
      ), '[]') end as "unallocatedOfficers"
    from unnest($1::bigint[], $2::text[], $3::text[])
      with ordinality as asked (offender_id, prison_code, surname_key, place)
    left join lateral (
      select json_agg(best.code order by best.code) as codes,
        case when count(*) = 1 then min(best.probation_area_id) end as provider_id
      from (
        select distinct fit.probation_area_id, fit.code
        from (
          select area.probation_area_id, area.code,
            rank() over (order by institution.selectable desc, area.selectable desc) as preference
          from r_institution institution
          join probation_area area on area.institution_id = institution.institution_id
            and area.establishment = institution.establishment and ${isLive("area")}
          where institution.nomis_cde_code = asked.prison_code and institution.establishment = 'Y'
            and institution.training_session_id is null
        ) fit
        where fit.preference = 1
      ) best
    ) prison on true
    left join ${providers} provider on provider."providerId" = prison.provider_id
    left join lateral (${findTeam("POM")}) team on true
    order by asked.place`,
  row: z.object({
    poms: z.array(pomSchema),
    responsibleOfficers: z.array(responsibleOfficerSchema),
    destination: z
      .union([
        z.object({ provider: providerSchema, team: teamSchema.nullable() }),
        z.object({ contenders: z.array(codeSchema) }),
      ])
      .nullable(),
    candidates: z.array(candidateSchema),
    unallocatedOfficers: z.array(
      z.object({ provider: providerSchema, team: teamSchema.nullable(), officer: officerSchema.nullable() }),
    ),
  }),
};

/**
 * What Delius holds of each person's allocation: live POM rows, responsible officer rows, the provider and team of the
 * prison that the answer names, its live officers who may bear the name that the answer gives, and the unallocated officers that a
 * deallocation may need; in the order asked (rules A2, D4, S1).
 */
export function listAllocationRecords(
  executor: Executor,
  asked: readonly AllocationLookUp[],
): Promise<readonly AllocationRecord[]> {
  if (asked.length === 0) return Promise.resolve([]);
  const allocated = asked.map(({ answer }) => (answer.kind === "allocated" ? answer : null));
  const now = Math.max(...asked.map(({ lookedUpAt }) => lookedUpAt));
  return executor.list(records, [
    asked.map(({ offenderId }) => offenderId),
    allocated.map((answer) => answer?.prisonCode ?? null),
    allocated.map((answer) => (answer === null ? null : nameKey(answer.manager.surname))),
    writeDeliusTime(now),
  ]);
}
