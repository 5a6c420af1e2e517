import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import type { AllocationChanges } from "../../src/sync/allocation/allocation-changes.ts";
import { decideAllocation } from "../../src/sync/allocation/allocation.ts";
import type { AllocationFacts, AllocationQuestion } from "../../src/sync/allocation/allocation-question.ts";
import {
  pomIdSchema,
  responsibleOfficerIdSchema,
  type Pom,
  type PomRef,
  type ResponsibleOfficer,
  type StandingRows,
} from "../../src/sync/allocation/plan.ts";
import type { Decision } from "../../src/sync/fact/outcome.ts";
import { nomsNumberSchema } from "../../src/delius/person/person.ts";
import {
  type Candidate,
  providerIdSchema,
  staffIdSchema,
  teamIdSchema,
  type Officer,
  type Provider,
  type Team,
} from "../../src/delius/staff/officer.ts";

/** A summer and a winter instant, so that London's offset shows in anything that is formatted. */
export const summer = Date.parse("2026-06-15T12:00:00Z");
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const reasonDescriptions = { AUT: "Automatic", INA: "Internal Transfer", EXT: "External Transfer" } as const;

const providerIds: Readonly<Record<string, number>> = { N02: 2, N03: 3, N07: 7 };
const prisons: Readonly<Record<string, string>> = { WDI: "N02", LEI: "N03", MDI: "N07" };

// Where an officer without a code works.
const codelessProvider = "N03";

/** The code of the provider that a prison belongs to. */
export function providerOfPrison(prisonCode: string): string | undefined {
  return prisons[prisonCode];
}

export function providerOf(code: string): Provider {
  return { providerId: providerIdSchema.parse(providerIds[code]), code, description: `Provider ${code}` };
}

export function teamOf(code: string): Team {
  const number = (providerIds[code.slice(0, 3)] ?? 0) * 10 + (code.endsWith("ALL") ? 1 : 0);
  return { teamId: teamIdSchema.parse(number), code, description: `Team ${code}` };
}

export function unallocated(provider: string): Officer {
  const staffId = staffIdSchema.parse((providerIds[provider] ?? 0) * 1000);
  return { staffId, code: `${provider}ALLU`, forename: "Unallocated", surname: "Staff" };
}

/** Officers that Delius knows, by provider and number. */
export function officerOf(provider: string, number: number): Officer {
  const staffId = staffIdSchema.parse((providerIds[provider] ?? 0) * 1000 + number);
  const code = `${provider}A${String(number).padStart(3, "0")}`;
  return { staffId, code, forename: `Forename${number}`, surname: "Officer" };
}

/** Manage POM Cases names officer `number` at a prison; NOMIS staff codes follow the number. */
export function allocated(prisonCode: string, number: number, email: string | null = null): AllocationAnswer {
  return {
    kind: "allocated",
    prisonCode,
    manager: { code: number, forename: `Forename${number}`, surname: "Officer", email },
  };
}

export function pom(id: number, officer: Officer, period: { start: number; end?: number | null }): Pom {
  const code = officer.code ?? codelessProvider;
  const provider = providerOf(code.slice(0, 3));
  const isUnallocated = code.endsWith("U");
  return {
    pomId: pomIdSchema.parse(id),
    rowVersion: 0,
    start: period.start,
    end: period.end ?? null,
    createdAt: summer - 1000 * day,
    email: null,
    reason: { code: "AUT", description: reasonDescriptions.AUT },
    officer,
    team: teamOf(provider.code + (isUnallocated ? "ALL" : "POM")),
    provider,
  };
}

/** A responsible officer row of a POM row, or of a COM (`pomId` null). */
export function responsibleOfficer(
  id: number,
  pomId: number | null,
  period: { start: number; end?: number | null },
): ResponsibleOfficer {
  return {
    responsibleOfficerId: responsibleOfficerIdSchema.parse(id),
    rowVersion: 0,
    pomId: pomId === null ? null : pomIdSchema.parse(pomId),
    start: period.start,
    end: period.end ?? null,
  };
}

export function factsOf(rows: StandingRows, answer: AllocationAnswer, known: number[] = [1, 2, 3]): AllocationFacts {
  const provider = answer.kind === "allocated" ? prisons[answer.prisonCode] : undefined;
  return {
    ...rows,
    destination: provider === undefined ? null : { provider: providerOf(provider), team: teamOf(`${provider}POM`) },
    candidates:
      answer.kind !== "allocated" || provider === undefined
        ? []
        : candidatesFor(provider, answer, [
            ...known.map((number) => officerOf(provider, number)),
            ...rows.poms.map(({ officer }) => officer),
          ]),
    highestNumbers: { A: 3 },
    unallocatedOfficers: ["N02", "N03", "N07"].map((code) => ({
      provider: providerOf(code),
      team: teamOf(`${code}ALL`),
      officer: unallocated(code),
    })),
    reasonDescriptions,
  };
}

function candidatesFor(
  provider: string,
  answer: Extract<AllocationAnswer, { kind: "allocated" }>,
  officers: readonly Officer[],
): readonly Candidate[] {
  const { forename } = answer.manager;
  const fits = ({ code, ...officer }: Officer) =>
    officer.forename === forename && (code ?? codelessProvider).startsWith(provider) && code?.endsWith("U") !== true;
  const found = new Map(officers.filter(fits).map((officer) => [officer.staffId, { ...officer, isInTeam: true }]));
  return [...found.values()];
}

export function questionOf(answer: AllocationAnswer, rest: Partial<AllocationQuestion> = {}): AllocationQuestion {
  return {
    nomsNumber: nomsNumberSchema.parse("A1001AA"),
    answer,
    occurredAt: summer,
    timeSource: "event",
    now: summer + minute,
    isRefresh: false,
    eventStaffCode: undefined,
    removeStale: false,
    ...rest,
  };
}

/** Decides, where no officer code has to be read first. */
export function decide(facts: AllocationFacts, question: AllocationQuestion): Decision<AllocationChanges> {
  const decision = decideAllocation(facts, question);
  if (decision.outcome === "OfficerCodeNeeded") throw new Error("an officer code was asked for");
  return decision;
}

/** The rows as they stand after a decision was written, with new keys counted on from the highest. */
export function applyChanges(rows: StandingRows, changes: AllocationChanges | null): StandingRows {
  if (changes === null) return rows;
  const pomId = pomIdSchema.parse(Math.max(0, ...rows.poms.map((row) => row.pomId)) + 1);
  const resolve = (ref: PomRef | null) => (ref === "new" ? pomId : ref);
  const poms = rows.poms.flatMap((row) => {
    const change = changes.poms.find(({ before }) => before.pomId === row.pomId);
    if (change === undefined) return [row];
    const { removed, ...after } = change.after;
    return removed ? [] : [{ ...after, rowVersion: row.rowVersion + 1 }];
  });
  const responsibleOfficers = rows.responsibleOfficers.map((row) => {
    const { responsibleOfficerId } = row;
    const change = changes.responsibleOfficers.find(
      ({ before }) => before.responsibleOfficerId === responsibleOfficerId,
    );
    if (change === undefined) return row;
    return { ...change.after, pomId: resolve(change.after.pomId), rowVersion: row.rowVersion + 1 };
  });
  return {
    poms: [...poms, ...newPoms(changes, pomId)],
    responsibleOfficers: [...responsibleOfficers, ...newResponsibleOfficers(rows, changes, pomId)],
  };
}

function newPoms({ newPom }: AllocationChanges, pomId: Pom["pomId"]): readonly Pom[] {
  if (newPom === null) return [];
  const { officer, team, provider, start, email, reason } = newPom;
  const staffId = "staffId" in officer ? officer.staffId : staffIdSchema.parse(provider.providerId * 1000 + 900);
  const { code, forename, surname } = officer;
  const held = { staffId, code, forename, surname };
  return [{ pomId, rowVersion: 0, start, end: null, createdAt: start, email, reason, officer: held, team, provider }];
}

function newResponsibleOfficers(
  rows: StandingRows,
  { newResponsibleOfficer: added }: AllocationChanges,
  pomId: Pom["pomId"],
): readonly ResponsibleOfficer[] {
  if (added === null) return [];
  const id = Math.max(0, ...rows.responsibleOfficers.map((row) => row.responsibleOfficerId)) + 1;
  return [{ ...responsibleOfficer(id, null, added), pomId }];
}
