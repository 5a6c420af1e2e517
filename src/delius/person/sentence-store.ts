const isThere = (table: string) => `${table}.soft_deleted = 0 and ${table}.training_session_id is null`;
const isActive = (table: string) => `${table}.active_flag = 1 and ${isThere(table)}`;

/** A table for a `from`: the active sentences as `sentence`. PostgreSQL merges it into the query around it. */
export const activeSentences = `(
  select event.offender_id, event.event_id, disposal.disposal_id
  from event join disposal on disposal.event_id = event.event_id and ${isActive("disposal")}
  where ${isActive("event")}
) sentence`;

/** A table for a `from`: the custodial sentences (rule D2) as `custody`. */
export const custodialSentences = `(
  select sentence.offender_id, custody.custody_id, custody.custodial_status_id
  from ${activeSentences}
  join custody on custody.disposal_id = sentence.disposal_id and ${isThere("custody")}
) custody`;

/** A table for a `from`: the handover dates, live or deleted, as `key_date`; of any sentence, active or not. */
export const handoverDates = (state: "live" | "deleted") => `(
  select key_date.custody_id, key_date.key_date_id, key_date.row_version, date_type.code_value as type, key_date.key_date,
    key_date.created_datetime, key_date.last_updated_datetime, key_date.last_updated_user_id
  from key_date
  join r_standard_reference_list date_type on date_type.standard_reference_list_id = key_date.key_date_type_id
  join r_reference_data_master code_set on code_set.reference_data_master_id = date_type.reference_data_master_id
  where key_date.soft_deleted = ${state === "live" ? 0 : 1} and key_date.training_session_id is null
    and code_set.code_set_name = 'THROUGHCARE DATE TYPE' and date_type.code_value in ('POM1', 'POM2')
) key_date`;
