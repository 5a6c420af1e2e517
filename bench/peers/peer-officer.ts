import type { Knex } from "knex";
import { nextOfficerCode } from "../../src/delius/staff/officer.ts";
import { auditColumns, required, type PeerReferences } from "./peer-references.ts";

/** An officer who is to be the POM. */
export interface PeerOfficer {
  readonly staffId: string;
  readonly forename: string;
  readonly surname: string;
}

/** Where an officer works. */
export interface PeerPlace {
  readonly providerId: string;
  readonly providerCode: string;
  readonly provider: string;
  readonly teamId: string;
  readonly team: string;
}

/** Whom to find. */
export interface OfficerQuestion {
  readonly place: PeerPlace;
  readonly manager: { readonly forename: string; readonly surname: string };
  /** The officer of the open POM, who comes first among those of one name. */
  readonly openStaffId: string | undefined;
}

/** Whom to add. */
export interface NewOfficer extends Pick<OfficerQuestion, "place" | "manager"> {
  readonly start: Date;
}

interface Writing {
  readonly trx: Knex.Transaction;
  readonly references: PeerReferences;
  readonly now: Date;
}

/** The provider and POM team of a prison. */
export async function findPlace(trx: Knex.Transaction, prisonCode: string): Promise<PeerPlace> {
  const provider = await trx("r_institution as institution")
    .join("probation_area as provider", "provider.institution_id", "institution.institution_id")
    .where("institution.nomis_cde_code", prisonCode)
    .orderBy("provider.probation_area_id")
    .first<Pick<PeerPlace, "providerId" | "providerCode" | "provider"> | undefined>(
      "provider.probation_area_id as providerId",
      "provider.code as providerCode",
      "provider.description as provider",
    );
  const known = required(provider, prisonCode);
  return { ...known, ...(await findTeam(trx, `${known.providerCode}POM`)) };
}

/** A team by its code. */
export async function findTeam(trx: Knex.Transaction, code: string): Promise<Pick<PeerPlace, "teamId" | "team">> {
  const team = await trx("team")
    .where({ code })
    .first<Pick<PeerPlace, "teamId" | "team"> | undefined>("team_id as teamId", "description as team");
  return required(team, code);
}

/** An officer, and whether their team counts them in. */
export interface FoundOfficer extends PeerOfficer {
  readonly isMember: boolean;
}

/** Counts an officer into a team. */
export async function joinTeam(
  { trx, references, now }: Writing,
  { staffId }: PeerOfficer,
  { teamId }: PeerPlace,
): Promise<void> {
  await trx("staff_team").insert({ ...auditColumns(references, now), staff_id: staffId, team_id: teamId });
}

/** Finds the officer of a name. */
export async function findOfficer(trx: Knex.Transaction, question: OfficerQuestion): Promise<FoundOfficer | undefined> {
  const { place, manager, openStaffId } = question;
  return trx("staff")
    .leftJoin("staff_team as member", (join) =>
      join.on("member.staff_id", "staff.staff_id").andOnVal("member.team_id", place.teamId),
    )
    .where("staff.probation_area_id", place.providerId)
    .whereRaw("lower(btrim(staff.surname)) = lower(btrim(?))", [manager.surname])
    .whereRaw("lower(btrim(staff.forename)) = lower(btrim(?))", [manager.forename])
    .whereRaw("(staff.end_date is null or staff.end_date > now())")
    .whereNot("staff.officer_code", "like", "%U")
    .orderByRaw("staff.staff_id = ? desc nulls last, member.staff_id is null, staff.staff_id", [openStaffId ?? null])
    .first<FoundOfficer | undefined>(
      "staff.staff_id as staffId",
      "staff.forename",
      "staff.surname",
      trx.raw('member.staff_id is not null as "isMember"'),
    );
}

/** Adds an officer whom Delius does not know, with the next free code. */
export async function addOfficer(writing: Writing, { place, manager, start }: NewOfficer): Promise<FoundOfficer> {
  const { trx, references, now } = writing;
  const { providerId, providerCode } = place;
  await trx("probation_area").where({ probation_area_id: providerId }).forNoKeyUpdate().first("probation_area_id");
  const highest = await trx("staff")
    .whereRaw("left(officer_code, 3) = ? and officer_code ~ '^...[A-Z][0-9]{3}$'", [providerCode])
    .groupByRaw("1")
    .select<{ readonly letter: string; readonly number: number }[]>(
      trx.raw("substr(officer_code, 4, 1) as letter, max(substr(officer_code, 5, 3)::integer) as number"),
    );
  const code = nextOfficerCode(providerCode, Object.fromEntries(highest.map(({ letter, number }) => [letter, number])));
  const { forename, surname } = manager;
  const [added] = await trx("staff")
    .insert({
      ...auditColumns(references, now),
      staff_id: trx.raw("nextval('staff_id_seq')"),
      officer_code: code,
      forename,
      surname,
      probation_area_id: providerId,
      start_date: start,
      private: 0,
    })
    .returning<{ readonly staff_id: string }[]>("staff_id");
  return { staffId: required(added, "the new officer").staff_id, forename, surname, isMember: false };
}
