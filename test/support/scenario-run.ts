import assert from "node:assert/strict";
import { z } from "zod";
import { countRows, describeChanges, type Tell } from "./delius-changes.ts";
import type { TestDatabase } from "./test-database.ts";
import { takeSnapshot, type Row, type Snapshot } from "./delius-rows.ts";
import { applyGiven } from "./given.ts";
import type { Ended, Scenario } from "./scenario.ts";
import { startService, type TestService } from "./service.ts";
import { createReport } from "./told-times.ts";

/**
 * Plays a scenario and says how it ended. It plays on the given database, which must be as it was seeded and is not
 * afterwards; or on one of its own where it changes more than rows.
 */
export async function playScenario({ given, message, answers }: Scenario, database: TestDatabase): Promise<Ended> {
  const { overlap: withOverlap, environment, rows } = given;
  const needsItsOwn = withOverlap || rows.lift.length > 0;
  await using service = await startService({
    withOverlap,
    environment,
    ...(needsItsOwn ? {} : { database }),
    prepare: async (prepared) => {
      await applyGiven(prepared, rows);
      // Rows that stand were written by another user, so that it shows who changes them.
      for (const table of auditedTables) {
        await prepared.query(`update ${table} set created_by_user_id = 0, last_updated_user_id = 0`);
      }
    },
  });
  for (const [path, { status, body }] of Object.entries(answers)) {
    service.mpc.answerWith(path, { status, body: typeof body === "string" ? body : JSON.stringify(body) });
  }
  const before = await takeSnapshot(service.database);
  const outcomes = await deliver(service, message);
  await service.stop();
  assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 }, "the queue is empty");
  const receives = service.lines.flatMap(({ fields }) => fields["receives"] ?? []);
  assert.deepEqual(new Set(receives), new Set([1]), "each delivery ends on its first receive (P8)");
  return await describeEnd(service, { before, outcomes });
}

const auditedTables = ["staff", "staff_team", "prison_offender_manager", "responsible_officer", "key_date"] as const;

async function deliver(service: TestService, message: Scenario["message"]): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (let delivery = 1; delivery <= message.deliveries; delivery += 1) {
    const inboxKey = await send(service, message);
    outcomes.push(...(await service.settled(inboxKey, message.notification === undefined ? 1 : delivery)));
  }
  return outcomes;
}

async function send({ mpc, queue }: TestService, message: Scenario["message"]): Promise<string> {
  const { via, attributes, notification, event } = message;
  const text = typeof event === "string" ? event : JSON.stringify(event);
  const body = text.replaceAll("{mpc}", mpc.origin);
  if (via === "topic") return queue.publish({ body, attributes });
  if (notification === undefined) return queue.send(body, attributes);
  const messageId = await queue.send(JSON.stringify({ ...notification, Message: body }), attributes);
  return z.object({ MessageId: z.string() }).safeParse(notification).data?.MessageId ?? messageId;
}

interface Course {
  readonly before: Snapshot;
  readonly outcomes: readonly string[];
}

async function describeEnd({ database, mpc }: TestService, { before, outcomes }: Course): Promise<Ended> {
  const journal = journalSchema.parse(
    await database.query(
      `select fact, outcome, dry_run as "dryRun", properties, reasons, changes, decided_at as "decidedAt"
       from mpc_delius.journal order by journal_id`,
    ),
  );
  const tell = createReport(
    before,
    journal.map(({ decidedAt }) => decidedAt),
  );
  const after = await takeSnapshot(database);
  const rows = describeChanges(before, withoutNotes(after), tell);
  const explained = journal.flatMap(({ dryRun, changes }) => (dryRun ? [] : changes));
  assert.equal(explained.length, countRows(rows), "the journal tells each row that was written");
  return {
    expected: {
      outcomes: [...outcomes],
      journal: journal.map(({ fact, outcome, dryRun, properties, reasons }) => ({
        fact,
        outcome,
        dryRun,
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, value]) => [name, describeText(value, tell)]),
        ),
        explanation: reasons.map((reason) => describeText(reason, tell)),
      })),
      asked: mpc
        .requests()
        .map(({ path }) => path)
        .toSorted(),
      rows,
    },
    contacts: describeContacts(after, tell),
  };
}

const journalSchema = z.array(
  z.object({
    fact: z.string().nullable(),
    outcome: z.string(),
    dryRun: z.boolean(),
    properties: z.record(z.string(), z.string()),
    reasons: z.array(z.string()),
    changes: z.array(z.unknown()),
    decidedAt: z.date(),
  }),
);

function describeText(text: string, tell: Tell): string {
  return String(tell(text));
}

function withoutNotes(snapshot: Snapshot): Snapshot {
  const contacts = Object.entries(snapshot["contact"] ?? {});
  const told = contacts.map(([name, row]) => [name, { ...row, notes: "see contacts.txt" }] as const);
  return { ...snapshot, contact: Object.fromEntries(told) };
}

// Each line has a bar before it, so that a line feed too many at the end shows.
function describeContacts({ contact = {} }: Snapshot, tell: Tell): string | null {
  const told = Object.entries(contact).map(([name, row]) => describeContact(name, row, tell));
  return told.length === 0 ? null : `${told.join("\n\n")}\n`;
}

function describeContact(name: string, row: Row, tell: Tell): string {
  const notes = describeText(String(row["notes"]), tell).split("\n");
  const lines = notes.map((line) => (line === "" ? "|" : `| ${line}`));
  return [`${name}: ${String(row["contact_type_id"])}`, ...lines].join("\n");
}
