/** How long a session of ours waits, in milliseconds and in PostgreSQL's own names. */
export const sessionLimits = {
  lock_timeout: 5_000,
  statement_timeout: 10_000,
  idle_in_transaction_session_timeout: 10_000,
};

/**
 * What every session of ours is set to. One plan for all values: planning a look-up by key anew costs more than running
 * it, and all go by an index. A plan outlives the size of the tables that it was made for: one that was made while a table
 * was small must not read the whole of it when it has grown.
 */
function sessionSettings(schema: string): Readonly<Record<string, string>> {
  return {
    search_path: schema,
    timezone: "UTC",
    datestyle: "ISO",
    plan_cache_mode: "force_generic_plan",
    enable_seqscan: "off",
  };
}

/** The same as the options of a connection, which may be one that the server lets read and nothing else. */
export function sessionOptions(schema: string, isReadOnly = false): string {
  const access = { default_transaction_read_only: isReadOnly ? "on" : "off" };
  return Object.entries({ ...sessionSettings(schema), ...access })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

/** What a session has to show when it is read back: what promises rest on, in the words of `pg_settings`. */
export function requiredSettings(schema: string): Readonly<Record<string, string>> {
  const { datestyle: _, timezone: __, ...named } = sessionSettings(schema);
  return {
    ...named,
    ...Object.fromEntries(Object.entries(sessionLimits).map(([name, value]) => [name, String(value)])),
  };
}
