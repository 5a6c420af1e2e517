import type { Knex } from "knex";

/** Keys that do not change while the peer runs: read once. */
export interface PeerReferences {
  readonly userId: string;
  /** Keys and descriptions by code set and code. */
  readonly find: (set: string, code: string) => PeerReference;
  readonly contactType: (code: string) => string;
}

/** An entry of Delius's reference data. */
export interface PeerReference {
  readonly id: string;
  readonly description: string;
}

interface ReferenceRow extends PeerReference {
  readonly set: string;
  readonly code: string;
}

interface ContactTypeRow {
  readonly id: string;
  readonly code: string;
}

/** Reads the reference data that the peer's rows point to. */
export async function readReferences(db: Knex, username: string): Promise<PeerReferences> {
  const user = await db("user_")
    .where({ distinguished_name: username })
    .first<{ readonly id: string } | undefined>("user_id as id");
  const entries = await db("r_standard_reference_list as entry")
    .join("r_reference_data_master as master", "master.reference_data_master_id", "entry.reference_data_master_id")
    .whereIn("master.code_set_name", ["POM ALLOCATION REASON", "THROUGHCARE DATE TYPE"])
    .select<ReferenceRow[]>(
      "master.code_set_name as set",
      "entry.code_value as code",
      "entry.code_description as description",
      "entry.standard_reference_list_id as id",
    );
  const contactTypes = await db("r_contact_type").select<ContactTypeRow[]>("contact_type_id as id", "code");
  const references = new Map(entries.map((entry) => [`${entry.set}/${entry.code}`, entry]));
  const types = new Map(contactTypes.map(({ id, code }) => [code, id]));
  return {
    userId: required(user, username).id,
    find: (set, code) => required(references.get(`${set}/${code}`), code),
    contactType: (code) => required(types.get(code), code),
  };
}

/** Raises where something is missing. */
export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`Delius lacks ${name}.`);
  return value;
}

/** The columns that say who wrote a new row and when. */
export function auditColumns({ userId }: PeerReferences, now: Date) {
  return {
    row_version: 0,
    created_datetime: now,
    created_by_user_id: userId,
    last_updated_datetime: now,
    last_updated_user_id: userId,
  };
}

/** What a change of a row sets beside its columns. */
export function changeColumns(trx: Knex, { userId }: PeerReferences, now: Date) {
  return { row_version: trx.raw("row_version + 1"), last_updated_datetime: now, last_updated_user_id: userId };
}
