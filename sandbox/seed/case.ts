import type { CodeSet, Keys } from "./organisation.ts";
import { auditColumns, type Row, type SeedRows } from "./rows.ts";

/** A case as a person would tell it; {@link addCase} turns it into rows. */
export interface SeedCase {
  /** The case's key; the keys of its other rows follow from it. */
  readonly id: number;
  readonly crn: string;
  readonly noms: string | null;
  readonly tier?: string;
  readonly isDeleted?: boolean;
  readonly com?: { readonly officer: string; readonly team: string; readonly isActive?: boolean };
  /** Periods of responsibility of the COM, by start and end. */
  readonly comResponsible?: readonly Period[];
  readonly poms?: readonly SeedPom[];
  readonly sentences?: readonly SeedSentence[];
  readonly registrations?: readonly SeedRegistration[];
}

/** A start and, where there is one, an end. */
export interface Period {
  readonly start: Date;
  readonly end?: Date;
}

/** A POM row; `isResponsible` gives it a responsible officer row of the same period. */
export interface SeedPom extends Period {
  readonly officer: string;
  readonly team: string;
  readonly reason?: "AUT" | "INA" | "EXT";
  readonly email?: string;
  readonly isResponsible?: boolean;
}

/** A sentence: event, disposal and custody. */
export interface SeedSentence {
  readonly status?: "D" | "B" | "P";
  /** The event is active no more. */
  readonly isOver?: boolean;
  /** The decision and date of a case allocation on its event. */
  readonly allocation?: { readonly decision: "R" | "A" | "X"; readonly date: Date };
  readonly keyDates?: Readonly<Record<string, string>>;
}

/** An entry of the case's register. */
export interface SeedRegistration {
  readonly type: string;
  readonly level?: string;
  readonly category?: string;
  readonly date: string;
  readonly review?: string;
  readonly isDeregistered?: boolean;
  readonly isDeleted?: boolean;
}

const seededAt = new Date("2026-01-05T09:00:00Z");
// Rows of one case take keys from a block of their own, so that cases can be made in any order.
const keysPerCase = 10;

/** Adds the rows of a case. */
export function addCase(rows: SeedRows, keys: Keys, seedCase: SeedCase): void {
  const { id, crn, noms, tier, isDeleted = false } = seedCase;
  rows.add("offender", {
    offender_id: id,
    row_version: 0,
    crn,
    noms_number: noms,
    current_tier: tier === undefined ? null : keys.reference("TIER", tier),
    soft_deleted: bit(isDeleted),
  });
  const context = { rows, keys, seedCase, key: (index: number) => id * keysPerCase + index };
  addCom(context);
  addPoms(context);
  seedCase.sentences?.forEach((sentence, index) => addSentence(context, sentence, index));
  seedCase.registrations?.forEach((registration, index) => addRegistration(context, registration, index));
}

interface CaseContext {
  readonly rows: SeedRows;
  readonly keys: Keys;
  readonly seedCase: SeedCase;
  readonly key: (index: number) => number;
}

function bit(value: boolean): number {
  return value ? 1 : 0;
}

function addCom({ rows, keys, seedCase: { id, com, comResponsible = [] }, key }: CaseContext): void {
  if (com === undefined) return;
  rows.add("offender_manager", {
    offender_manager_id: key(0),
    offender_id: id,
    team_id: keys.team(com.team),
    allocation_staff_id: keys.staff(com.officer),
    probation_area_id: keys.provider(com.officer.slice(0, 3)),
    allocation_date: seededAt,
    active_flag: bit(com.isActive ?? true),
    soft_deleted: 0,
  });
  comResponsible.forEach((period, index) => {
    rows.add("responsible_officer", responsibleOfficer(key(5 + index), id, { ...period, comId: key(0) }));
  });
}

function addPoms({ rows, keys, seedCase: { id, poms = [] }, key }: CaseContext): void {
  poms.forEach((pom, index) => {
    rows.add("prison_offender_manager", {
      prison_offender_manager_id: key(index),
      offender_id: id,
      allocation_date: pom.start,
      allocation_reason_id: keys.reference("POM ALLOCATION REASON", pom.reason ?? "AUT"),
      allocation_staff_id: keys.staff(pom.officer),
      allocation_team_id: keys.team(pom.team),
      probation_area_id: keys.provider(pom.team.slice(0, 3)),
      end_date: pom.end ?? null,
      active_flag: bit(pom.end === undefined),
      email_address: pom.email ?? null,
      soft_deleted: 0,
      ...auditColumns(seededAt),
    });
    if (pom.isResponsible !== true) return;
    rows.add("responsible_officer", responsibleOfficer(key(index), id, { ...pom, pomId: key(index) }));
  });
}

function responsibleOfficer(
  key: number,
  offenderId: number,
  { start, end, pomId, comId }: Period & { readonly pomId?: number; readonly comId?: number },
): Row {
  return {
    responsible_officer_id: key,
    offender_id: offenderId,
    prison_offender_manager_id: pomId ?? null,
    offender_manager_id: comId ?? null,
    start_date: start,
    end_date: end ?? null,
    ...auditColumns(seededAt),
  };
}

function addSentence({ rows, keys, seedCase: { id }, key }: CaseContext, sentence: SeedSentence, index: number): void {
  const sentenceId = key(index);
  const { status = "D", isOver = false, allocation, keyDates = {} } = sentence;
  rows.add("event", { event_id: sentenceId, offender_id: id, active_flag: bit(!isOver), soft_deleted: 0 });
  rows.add("disposal", { disposal_id: sentenceId, event_id: sentenceId, active_flag: 1, soft_deleted: 0 });
  rows.add("custody", {
    custody_id: sentenceId,
    disposal_id: sentenceId,
    prisoner_number: null,
    custodial_status_id: keys.reference("CUSTODIAL STATUS", status),
    soft_deleted: 0,
  });
  if (allocation !== undefined) {
    rows.add("case_allocation", {
      case_allocation_id: sentenceId,
      offender_id: id,
      event_id: sentenceId,
      allocation_decision_id: keys.reference("CASE ALLOCATION DECISION", allocation.decision),
      allocation_decision_date: allocation.date,
    });
  }
  Object.entries(keyDates).forEach(([type, date], place) => {
    rows.add("key_date", {
      key_date_id: key(index * 3 + place),
      custody_id: sentenceId,
      key_date_type_id: keys.reference("THROUGHCARE DATE TYPE", type),
      key_date: date,
      soft_deleted: 0,
      partition_area_id: 0,
      ...auditColumns(seededAt),
    });
  });
}

function addRegistration(
  { rows, keys, seedCase: { id }, key }: CaseContext,
  registration: SeedRegistration,
  index: number,
): void {
  const { type, level, category, date, review, isDeregistered = false, isDeleted = false } = registration;
  const reference = (set: CodeSet, code: string | undefined) => (code === undefined ? null : keys.reference(set, code));
  rows.add("registration", {
    registration_id: key(index),
    offender_id: id,
    register_type_id: keys.registerType(type),
    register_level_id: reference("REGISTER LEVEL", level),
    register_category_id: reference("REGISTER CATEGORY", category),
    registration_date: date,
    next_review_date: review ?? null,
    deregistered: bit(isDeregistered),
    soft_deleted: bit(isDeleted),
    created_datetime: new Date(`${date}T10:00:00Z`),
  });
}
