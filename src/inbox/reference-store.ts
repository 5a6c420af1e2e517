import { z } from "zod";
import type { Executor, Statement } from "../adapters/database.ts";
import { contactTypeCodes } from "../allocation/contact.ts";
import { reasonCodes } from "../allocation/history.ts";
import { keyDateTypes } from "../handover/custody.ts";
import type { ReferenceEntry } from "./reference-data.ts";

const entries: Statement<ReferenceEntry> = {
  name: "list-reference-entries",
  text: `
    select code_set.code_set_name as "codeSet", entry.code_value as code, entry.code_description as description
    from r_reference_data_master code_set
    join r_standard_reference_list entry using (reference_data_master_id)
    where (code_set.code_set_name = 'POM ALLOCATION REASON' and entry.code_value = any($1::text[]))
      or (code_set.code_set_name = 'THROUGHCARE DATE TYPE' and entry.code_value = any($2::text[]))
    union all
    select 'contact type', code, code from r_contact_type where code = any($3::text[])`,
  row: z.object({ codeSet: z.string(), code: z.string(), description: z.string() }),
};

/** The code values that the service writes (spec 2.3), as far as Delius has them. */
export function listReferenceEntries(executor: Executor): Promise<readonly ReferenceEntry[]> {
  return executor.list(entries, [reasonCodes, keyDateTypes, contactTypeCodes]);
}
