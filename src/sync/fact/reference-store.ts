import { keyDateTypes, contactTypeCodes, reasonCodes } from "./delius-codes.ts";
import { z } from "zod";
import { writeDeliusTime } from "../../delius/schema/delius-time.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { FactCase } from "./fact-handler.ts";
import { readReferenceData, userSet, type ReferenceData, type ReferenceEntry } from "./reference-data.ts";

const entries: Statement<
  ReferenceEntry,
  [
    reasons: readonly string[],
    dateTypes: readonly string[],
    contactTypes: readonly string[],
    userSet: string,
    username: string,
    now: string,
  ]
> = {
  name: "list-reference-entries",
  text: `
    select id, "codeSet", code, description
    from (
      select entry.standard_reference_list_id as id, code_set.code_set_name as "codeSet", entry.code_value as code,
        entry.code_description as description, entry.selectable
      from r_reference_data_master code_set
      join r_standard_reference_list entry using (reference_data_master_id)
      where code_set.training_session_id is null and entry.training_session_id is null
        and ((code_set.code_set_name = 'POM ALLOCATION REASON' and entry.code_value = any($1::text[]))
          or (code_set.code_set_name = 'THROUGHCARE DATE TYPE' and entry.code_value = any($2::text[])))
      union all
      select contact_type_id, 'contact type', code, code, selectable
      from r_contact_type where code = any($3::text[]) and training_session_id is null
      union all
      select user_id, $4::text, $5::text, $5::text, 'Y'
      from user_ where upper(distinguished_name) = upper($5::text) and training_session_id is null
        and (end_date is null or end_date > $6::timestamp)
    ) found
    order by selectable desc, id`,
  row: z.object({ id: z.int(), codeSet: z.string(), code: z.string(), description: z.string() }),
};

/**
 * Reads the code values that the service writes and the user that it writes as, as far as Delius has them (rule D5).
 * Codes repeat: the entry that is written stands first, which may still be chosen by hand and has the lowest key. A user whose
 * time was over when the cases were looked up is none.
 */
export async function readReferences(
  executor: Executor,
  username: string,
  cases: readonly Pick<FactCase<unknown>, "lookedUpAt">[],
): Promise<ReferenceData> {
  const now = Math.max(...cases.map(({ lookedUpAt }) => lookedUpAt));
  const codes = [reasonCodes, keyDateTypes, contactTypeCodes] as const;
  return readReferenceData(await executor.list(entries, [...codes, userSet, username, writeDeliusTime(now)]), username);
}

/** The code values that the service writes and Delius lacks, each with its set; `username` is a user that Delius has. */
export async function listMissingCodes(executor: Executor, username: string): Promise<readonly string[]> {
  const { missing } = await readReferences(executor, username, [{ lookedUpAt: 0 }]);
  return [...missing.handover, ...missing.allocation];
}
