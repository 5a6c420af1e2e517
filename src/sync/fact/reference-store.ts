import { keyDateTypes, contactTypeCodes, reasonCodes, type ReasonCode } from "./delius-codes.ts";
import { z } from "zod";
import { writeDeliusTime } from "../../platform/time/london-time.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";
import type { FactCase } from "./fact-handler.ts";
import type { Decision, Fact } from "./outcome.ts";
import type { NomsNumber } from "../../delius/person/person.ts";

/** One code value of Delius: a reference data entry, a contact type or the service's user. */
interface ReferenceEntry {
  readonly id: number;
  readonly codeSet: string;
  readonly code: string;
  readonly description: string;
}

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
 * The code values that each fact writes, and which of them Delius lacks. It is read in each transaction that needs it and
 * never kept: people change reference data while the service runs.
 */
export interface ReferenceData {
  readonly missing: Readonly<Record<Fact, readonly string[]>>;
  readonly reasonDescriptions: Readonly<Record<ReasonCode, string>>;
  /** Delius's key of the user that the service writes as; null when Delius does not know the name. */
  readonly userId: number | null;
}

/** The code values that each fact needs, each behind the name of its set. */
const needed: Readonly<Record<Fact, readonly string[]>> = {
  handover: keyDateTypes.map((code) => `THROUGHCARE DATE TYPE ${code}`),
  allocation: [
    ...reasonCodes.map((code) => `POM ALLOCATION REASON ${code}`),
    ...contactTypeCodes.map((code) => `contact type ${code}`),
  ],
};

// The set that the service's user counts as a member of.
const userSet = "user";

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
  const now = writeDeliusTime(Math.max(...cases.map(({ lookedUpAt }) => lookedUpAt)));
  const codes = [reasonCodes, keyDateTypes, contactTypeCodes] as const;
  const found = await executor.list(entries, [...codes, userSet, username, now]);
  // The first of several counts.
  const byName = new Map(found.toReversed().map((entry) => [`${entry.codeSet} ${entry.code}`, entry]));
  const user = `${userSet} ${username}`;
  return {
    missing: {
      handover: [...needed.handover, user].filter((name) => !byName.has(name)),
      allocation: [...needed.allocation, user].filter((name) => !byName.has(name)),
    },
    reasonDescriptions: {
      AUT: byName.get("POM ALLOCATION REASON AUT")?.description ?? "AUT",
      INA: byName.get("POM ALLOCATION REASON INA")?.description ?? "INA",
      EXT: byName.get("POM ALLOCATION REASON EXT")?.description ?? "EXT",
    },
    userId: byName.get(user)?.id ?? null,
  };
}

/** The code values that the service writes and Delius lacks, each with its set; `username` is a user that Delius has. */
export async function listMissingCodes(executor: Executor, username: string): Promise<readonly string[]> {
  const { missing } = await readReferences(executor, username, [{ lookedUpAt: 0 }]);
  return [...missing.handover, ...missing.allocation];
}

/** The outcome of a case that cannot be written because Delius lacks these code values. */
export function refuseWithout(missing: readonly string[], nomsNumber: NomsNumber): Decision<never> {
  const reason = `Delius lacks the code values ${missing.join(", ")}.`;
  return { outcome: "ReferenceDataMissing", properties: { nomsId: nomsNumber }, reasons: [reason], changes: null };
}

/** Nothing is written without a user: a case that needs to be is refused before. */
export function unknownUser(): Error {
  return new Error("Something is to be written, but Delius does not know the service's user.");
}
