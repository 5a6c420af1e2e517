import type { TestDatabase } from "../support/test-database.ts";

type Fields = Readonly<Record<string, unknown>>;

const instant = "2026-04-02T10:30:01.102Z";

/** Puts rows into one of our own tables: the columns that the test names, and plain values for the rest. */
async function insertRow(database: TestDatabase, table: string, fields: Fields): Promise<void> {
  const names = Object.keys(fields);
  const places = names.map((_, index) => `$${index + 1}`);
  await database.query(
    `insert into mpc_delius.${table} (${names.join(", ")}) values (${places.join(", ")})`,
    Object.values(fields),
  );
}

/** One fact of a message that is quarantined. */
export function quarantine(database: TestDatabase, fields: Fields): Promise<void> {
  return insertRow(database, "quarantine", {
    inbox_key: "key",
    fact: "allocation",
    event_type: "offender-management.allocation.changed",
    noms_number: "A1001AA",
    reason: "UnknownPrison",
    error: "No provider stands for the prison.",
    body: '{"Message":"the body"}',
    attributes: '{"eventType":"offender-management.allocation.changed"}',
    first_seen: instant,
    last_seen: instant,
    ...fields,
  });
}

/** One row of the journal. */
export function journalise(database: TestDatabase, fields: Fields): Promise<void> {
  return insertRow(database, "journal", {
    inbox_key: "key",
    fact: "allocation",
    event_type: "offender-management.allocation.changed",
    noms_number: "A1001AA",
    crn: "X100001",
    received_at: instant,
    decided_at: instant,
    outcome: "PomAllocated",
    outcome_class: "written",
    properties: "{}",
    reasons: "[]",
    changes: "[]",
    ...fields,
  });
}

/** A case that waits. */
export function letWait(database: TestDatabase, fields: Fields): Promise<void> {
  return insertRow(database, "waiting", {
    noms_number: "A1001AA",
    fact: "handover",
    outcome: "NoActiveCustodialSentence",
    waits_for: "sentence change",
    inbox_key: "key",
    since: instant,
    ...fields,
  });
}

/** Empties the tables that operators' orders are about. */
export async function forgetRows(database: TestDatabase): Promise<void> {
  await database.query("truncate mpc_delius.quarantine, mpc_delius.waiting, mpc_delius.operator_action cascade");
}

/** The actions that are recorded, without their times. */
export function listRecorded(database: TestDatabase): Promise<readonly Fields[]> {
  return database.query(
    "select actor, action, reason, subject from mpc_delius.operator_action order by operator_action_id",
  );
}
