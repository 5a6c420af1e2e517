import type { Knex } from "knex";
import { z } from "zod";
import type { PeerAnswer, PeerEvent } from "./peer-messages.ts";
import { auditColumns, changeColumns, type PeerReferences } from "./peer-references.ts";

const dateSchema = z.string().nullish();
const answerSchema = z.object({ handoverDate: dateSchema, handoverStartDate: dateSchema });

interface KeyDateRow {
  readonly id: string;
  readonly date: string;
}

interface Work {
  readonly trx: Knex.Transaction;
  readonly references: PeerReferences;
  readonly now: Date;
  readonly custodyId: string;
}

/** Writes the handover dates of an answer to the custody of the case, a statement for each row. */
export async function writeHandover(
  db: Knex,
  references: PeerReferences,
  { event, answer }: { readonly event: PeerEvent; readonly answer: PeerAnswer },
): Promise<void> {
  if ("notFound" in answer) return;
  const { handoverDate, handoverStartDate } = answerSchema.parse(answer.body);
  await db.transaction(async (trx) => {
    const person = await trx("offender")
      .whereRaw("upper(noms_number) = ? and soft_deleted = 0 and training_session_id is null", [event.noms])
      .forNoKeyUpdate()
      .first<{ readonly id: string } | undefined>("offender_id as id");
    if (person === undefined) throw new Error("Delius has no such person.");
    const [custody, ...others] = await trx("event")
      .join("disposal", {
        "disposal.event_id": "event.event_id",
        "disposal.active_flag": 1,
        "disposal.soft_deleted": 0,
      })
      .join("custody", { "custody.disposal_id": "disposal.disposal_id", "custody.soft_deleted": 0 })
      .where({ "event.offender_id": person.id, "event.active_flag": 1, "event.soft_deleted": 0 })
      .select<{ readonly id: string }[]>("custody.custody_id as id");
    if (custody === undefined || others.length > 0) throw new Error("The case has not one active custodial sentence.");
    const work = { trx, references, now: new Date(), custodyId: custody.id };
    await putKeyDate(work, "POM2", handoverDate);
    await putKeyDate(work, "POM1", handoverStartDate);
  });
}

async function putKeyDate(work: Work, type: string, date: string | null | undefined): Promise<void> {
  const { trx, references, now, custodyId } = work;
  if (date === undefined) return;
  const typeId = references.find("THROUGHCARE DATE TYPE", type).id;
  const standing = await trx("key_date")
    .where({ custody_id: custodyId, key_date_type_id: typeId, soft_deleted: 0 })
    .first<KeyDateRow | undefined>("key_date_id as id", trx.raw("key_date::text as date"));
  if (standing !== undefined && standing.date !== date) {
    const change = date === null ? { soft_deleted: 1 } : { key_date: date };
    await trx("key_date")
      .where({ key_date_id: standing.id })
      .update({ ...changeColumns(trx, references, now), ...change });
  }
  if (standing !== undefined || date === null) return;
  await trx("key_date").insert({
    ...auditColumns(references, now),
    key_date_id: trx.raw("nextval('key_date_id_seq')"),
    custody_id: custodyId,
    key_date_type_id: typeId,
    key_date: date,
    soft_deleted: 0,
    partition_area_id: 0,
  });
}
