import { z } from "zod";
import type { Executor, Statement } from "../../platform/database/database.ts";
import { nomsNumberSchema, type Crn, type Identifier, type NomsNumber } from "../../delius/person/person.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { MessagePageRequest, OtherCase } from "./explanation.ts";
import { placeOf, messagesAbout, messagesRow } from "./listed-messages-store.ts";

const journal = `
          select journal_id, inbox_key from mpc_delius.journal where noms_number in (select noms_number from numbers)
          union
          select journal_id, inbox_key from mpc_delius.journal
          where offender_id in (select offender_id from named) and not dry_run
          union
          select journal_id, inbox_key from mpc_delius.journal where crn = $1::text and offender_id is null`;

const explained: Statement<
  OtherCase,
  [crn: Crn | null, nomsNumber: NomsNumber | null, at: Instant | null, id: number, most: number]
> = {
  name: "explain-other-case",
  text: `
    with named as materialized (
      select offender_id, crn, upper(noms_number) as noms_number, soft_deleted <> 0 as is_deleted
      from offender where (upper(crn) = $1::text or upper(noms_number) = $2::text) and training_session_id is null
    ), numbers as materialized (
      select $2::text as noms_number where $2::text is not null
      union
      select noms_number from named where noms_number is not null
    )
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now,
      coalesce((
        select json_agg(json_build_object('crn', crn, 'nomsNumber', noms_number, 'isDeleted', is_deleted) order by offender_id)
        from named
      ), '[]') as cases,
      ${messagesAbout({ isNumber: "noms_number in (select noms_number from numbers)", journal, behind: ["$3", "$4"], most: "$5" })}`,
  row: z.object({
    now: z.int(),
    cases: z.array(
      z.object({ crn: z.string(), nomsNumber: nomsNumberSchema.nullable().catch(null), isDeleted: z.boolean() }),
    ),
    ...messagesRow,
  }),
};

/**
 * What is known about an identifier that names no undeleted case, or several: which cases Delius has under it, and what
 * messages named it. One statement.
 */
export async function getOtherCase(
  executor: Executor,
  identifier: Identifier,
  page: MessagePageRequest,
): Promise<OtherCase> {
  const crn = "crn" in identifier ? identifier.crn : null;
  const nomsNumber = "nomsNumber" in identifier ? identifier.nomsNumber : null;
  const [row] = await executor.list(explained, [crn, nomsNumber, ...placeOf(page)]);
  if (row === undefined) throw new Error("The database answered nothing about the identifier.");
  return row;
}
