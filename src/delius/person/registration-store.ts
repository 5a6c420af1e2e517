import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { Crn } from "./person.ts";
import { registrationSchema, type Registration } from "./registration.ts";

/**
 * The text of a sub-select: the live registrations of the `offender` row in scope that anybody asks for, as a JSON array
 * with the latest first. Which of them counts is for the code to decide.
 */
export const liveRegistrations = `
  coalesce((
    select json_agg(json_build_object(
      'type', register_type.code,
      'isRosh', coalesce(flag.code_value = 'RoSH', false),
      'level', case when level.standard_reference_list_id is not null
        then json_build_object('code', level.code_value, 'description', level.code_description) end,
      'category', case when category.standard_reference_list_id is not null
        then json_build_object('code', category.code_value, 'description', category.code_description) end,
      'date', registration.registration_date,
      'reviewDate', registration.next_review_date
    ) order by registration.registration_date desc, registration.created_datetime desc, registration.registration_id desc)
    from registration
    join r_register_type register_type on register_type.register_type_id = registration.register_type_id
      and register_type.training_session_id is null
    left join r_standard_reference_list flag on flag.standard_reference_list_id = register_type.register_type_flag_id
    left join r_standard_reference_list level on level.standard_reference_list_id = registration.register_level_id
    left join r_standard_reference_list category on category.standard_reference_list_id = registration.register_category_id
    where registration.offender_id = offender.offender_id
      and registration.deregistered = 0 and registration.soft_deleted = 0
      and registration.training_session_id is null
      and (flag.code_value = 'RoSH' or register_type.code in ('MAPP', 'DASO', 'INVI'))
  ), '[]')`;

const registrations: Statement<{ readonly registrations: readonly Registration[] | null }, [crns: readonly Crn[]]> = {
  name: "list-registrations",
  text: `
    select case when offender.offender_id is not null then ${liveRegistrations} end as registrations
    from unnest($1::text[]) with ordinality as asked (crn, place)
    left join lateral (
      select named.offender_id from offender named
      where upper(named.crn) = asked.crn and named.soft_deleted = 0 and named.training_session_id is null
      order by named.offender_id
      fetch first 1 rows only
    ) offender on true
    order by asked.place`,
  row: z.object({ registrations: z.array(registrationSchema).nullable() }),
};

/** The live registrations of each case in the order asked, the latest first; null where no case has the CRN. */
export async function listRegistrations(
  executor: Executor,
  crns: readonly Crn[],
): Promise<readonly (readonly Registration[] | null)[]> {
  const rows = await executor.list(registrations, [crns]);
  return rows.map((row) => row.registrations);
}
