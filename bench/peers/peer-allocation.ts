import type { Knex } from "knex";
import { z } from "zod";
import { allocationNotes, londonDay, responsibleOfficerNotes, type DiaryPom } from "./peer-contacts.ts";
import type { PeerAnswer, PeerEvent } from "./peer-messages.ts";
import {
  addOfficer,
  findOfficer,
  findPlace,
  findTeam,
  joinTeam,
  type PeerOfficer,
  type PeerPlace,
} from "./peer-officer.ts";
import { auditColumns, changeColumns, required, type PeerReferences } from "./peer-references.ts";

const answerSchema = z.object({
  manager: z.object({
    code: z.number().optional(),
    forename: z.string(),
    surname: z.string(),
    email: z.string().nullish(),
  }),
  prison: z.object({ code: z.string() }),
});

interface OpenPom extends DiaryPom, PeerOfficer, PeerPlace {
  readonly pomId: string;
  readonly officerCode: string;
  readonly email: string | null;
}

interface ResponsibleRow {
  readonly id: string;
  readonly start: Date;
  readonly end: Date | null;
}

interface Work {
  readonly trx: Knex.Transaction;
  readonly references: PeerReferences;
  readonly now: Date;
  readonly event: PeerEvent;
  readonly offenderId: string;
  readonly open: OpenPom | undefined;
}

/** Writes what an answer says of the POM: a lookup or a row a statement, all in one transaction. */
export async function writeAllocation(
  db: Knex,
  references: PeerReferences,
  { event, answer }: { readonly event: PeerEvent; readonly answer: PeerAnswer },
): Promise<void> {
  if ("notFound" in answer && answer.notFound !== "Not allocated") return;
  await db.transaction(async (trx) => {
    const person = await trx("offender")
      .whereRaw("upper(noms_number) = ? and soft_deleted = 0 and training_session_id is null", [event.noms])
      .forNoKeyUpdate()
      .first<{ readonly id: string } | undefined>("offender_id as id");
    const offenderId = required(person, "the person").id;
    const now = new Date();
    const work = { trx, references, now, event, offenderId, open: await findOpenPom(trx, offenderId, now) };
    await ("body" in answer ? allocate(work, answer.body) : deallocate(work));
  });
}

async function findOpenPom(trx: Knex.Transaction, offenderId: string, now: Date): Promise<OpenPom | undefined> {
  return trx("prison_offender_manager as pom")
    .join("staff", "staff.staff_id", "pom.allocation_staff_id")
    .join("team", "team.team_id", "pom.allocation_team_id")
    .join("probation_area as provider", "provider.probation_area_id", "pom.probation_area_id")
    .join("r_standard_reference_list as reason", "reason.standard_reference_list_id", "pom.allocation_reason_id")
    .where({ "pom.offender_id": offenderId, "pom.soft_deleted": 0 })
    .where("pom.allocation_date", "<=", now)
    .whereRaw("(pom.end_date is null or pom.end_date > ?)", [now])
    .first<OpenPom | undefined>(
      "pom.prison_offender_manager_id as pomId",
      "pom.allocation_date as start",
      "pom.email_address as email",
      "reason.code_description as reason",
      "staff.staff_id as staffId",
      "staff.officer_code as officerCode",
      "staff.forename",
      "staff.surname",
      "team.team_id as teamId",
      "team.description as team",
      "provider.probation_area_id as providerId",
      "provider.code as providerCode",
      "provider.description as provider",
    );
}

async function allocate(work: Work, body: unknown): Promise<void> {
  const { trx, open } = work;
  const { manager, prison } = answerSchema.parse(body);
  const email = manager.email ?? null;
  const place = await findPlace(trx, prison.code);
  const found = await findOfficer(trx, { place, manager, openStaffId: open?.staffId });
  if (open !== undefined && open.staffId === found?.staffId && open.teamId === place.teamId) {
    await keepPom(work, open, email);
    return;
  }
  const turn = await findTurn(work, manager.code);
  const officer = found ?? (await addOfficer(work, { place, manager, start: turn.at }));
  if (!officer.isMember) await joinTeam(work, officer, place);
  await replacePom(work, turn, { place, officer, email, reasonCode: reasonFor(open, place) });
}

async function keepPom({ trx, references, now }: Work, open: OpenPom, email: string | null): Promise<void> {
  if (email === null || email === open.email) return;
  await trx("prison_offender_manager")
    .where({ prison_offender_manager_id: open.pomId })
    .update({ ...changeColumns(trx, references, now), email_address: email });
}

async function deallocate(work: Work): Promise<void> {
  const { trx, open } = work;
  if (open === undefined || open.officerCode.trimEnd().endsWith("U")) return;
  const { providerId, providerCode, provider } = open;
  const place = { providerId, providerCode, provider, ...(await findTeam(trx, `${providerCode}ALL`)) };
  const officer = await trx("staff")
    .where({ officer_code: `${providerCode}ALLU` })
    .first<PeerOfficer | undefined>("staff_id as staffId", "forename", "surname");
  const nobody = required(officer, `${providerCode}ALLU`);
  await replacePom(work, await findTurn(work, null), { place, officer: nobody, email: null, reasonCode: "AUT" });
}

function reasonFor(open: OpenPom | undefined, place: PeerPlace): string {
  if (open === undefined) return "AUT";
  return open.providerId === place.providerId ? "INA" : "EXT";
}

interface NewPom {
  readonly place: PeerPlace;
  readonly officer: PeerOfficer;
  readonly email: string | null;
  readonly reasonCode: string;
}

const contactTypes = new Map([
  ["AUT", "EPOMAT"],
  ["INA", "EPOMIN"],
  ["EXT", "EPOMEX"],
]);

async function replacePom(work: Work, { held, at }: Turn, next: NewPom): Promise<void> {
  const { trx, references, now, open, offenderId } = work;
  const { place, officer, email, reasonCode } = next;
  if (open !== undefined) {
    await trx("prison_offender_manager")
      .where({ prison_offender_manager_id: open.pomId })
      .update({ ...changeColumns(trx, references, now), end_date: at, active_flag: 0 });
  }
  const reason = references.find("POM ALLOCATION REASON", reasonCode);
  const [added] = await trx("prison_offender_manager")
    .insert({
      ...auditColumns(references, now),
      prison_offender_manager_id: trx.raw("nextval('prison_offender_manager_id_seq')"),
      offender_id: offenderId,
      allocation_date: at,
      allocation_reason_id: reason.id,
      allocation_staff_id: officer.staffId,
      allocation_team_id: place.teamId,
      probation_area_id: place.providerId,
      active_flag: 1,
      email_address: email,
      soft_deleted: 0,
    })
    .returning<{ readonly prison_offender_manager_id: string }[]>("prison_offender_manager_id");
  const pomId = required(added, "the new POM").prison_offender_manager_id;
  const pom = { ...place, ...officer, start: at, reason: reason.description };
  const type = required(contactTypes.get(reasonCode), reasonCode);
  await addContact(work, pom, { type, notes: allocationNotes(pom, open) });
  if (open === undefined || held === undefined) return;
  await moveResponsibility(work, { held, pomId, at });
  await addContact(work, pom, { type: "ROC", notes: responsibleOfficerNotes(pom, open, at) });
}

async function findResponsibleRow({ trx, offenderId, now }: Work, pomId: string): Promise<ResponsibleRow | undefined> {
  return trx("responsible_officer")
    .where({ offender_id: offenderId, prison_offender_manager_id: pomId })
    .where("start_date", "<=", now)
    .whereRaw("(end_date is null or end_date > ?)", [now])
    .first<ResponsibleRow | undefined>("responsible_officer_id as id", "start_date as start", "end_date as end");
}

/** When one POM follows another, and the row that makes the old one responsible. */
interface Turn {
  readonly held: ResponsibleRow | undefined;
  readonly at: Date;
}

/**
 * The turn is at the time of the event, or now where the event is older than what Delius holds or than the answer, which
 * names the officer of `staffCode`.
 */
async function findTurn(work: Work, staffCode: number | null | undefined): Promise<Turn> {
  const { event, now, open } = work;
  const { occurredAt } = event;
  const held = open === undefined ? undefined : await findResponsibleRow(work, open.pomId);
  const isOlder = event.staffCode !== undefined && event.staffCode !== staffCode;
  const isLate = [open?.start, held?.start].some((start) => start !== undefined && start >= occurredAt);
  return { held, at: occurredAt > now || isOlder || isLate ? now : occurredAt };
}

interface Move {
  readonly held: ResponsibleRow;
  readonly pomId: string;
  readonly at: Date;
}

async function moveResponsibility(
  { trx, references, now, offenderId }: Work,
  { held, pomId, at }: Move,
): Promise<void> {
  await trx("responsible_officer")
    .where({ responsible_officer_id: held.id })
    .update({ ...changeColumns(trx, references, now), end_date: at });
  await trx("responsible_officer").insert({
    ...auditColumns(references, now),
    responsible_officer_id: trx.raw("nextval('responsible_officer_id_seq')"),
    offender_id: offenderId,
    prison_offender_manager_id: pomId,
    start_date: at,
    end_date: held.end,
  });
}

async function addContact(
  { trx, references, now, offenderId }: Work,
  pom: PeerPlace & PeerOfficer & DiaryPom,
  { type, notes }: { readonly type: string; readonly notes: string },
): Promise<void> {
  await trx("contact").insert({
    ...auditColumns(references, now),
    contact_id: trx.raw("nextval('contact_id_seq')"),
    offender_id: offenderId,
    contact_type_id: references.contactType(type),
    contact_date: londonDay(pom.start),
    contact_start_time: pom.start,
    notes,
    probation_area_id: pom.providerId,
    team_id: pom.teamId,
    staff_id: pom.staffId,
    trust_provider_flag: 0,
    trust_provider_team_id: pom.teamId,
    staff_employee_id: pom.staffId,
    soft_deleted: 0,
    partition_area_id: 0,
  });
}
