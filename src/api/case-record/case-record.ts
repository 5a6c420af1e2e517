import { z } from "zod";
import type { Registration } from "../../delius/person/registration.ts";
import { findMappaLevel, findRosh } from "../risk/risk.ts";
import { roshSchema } from "../risk/risk-schema.ts";
import { isUnallocatedOfficer, type KnownEmail } from "../../delius/staff/officer.ts";

const codedSchema = z.object({ code: z.string(), description: z.string() });

/** The probation case, as the API answers it and its document describes it. */
export const caseRecordSchema = z
  .object({
    crn: z
      .string()
      .regex(/^[A-Z][0-9]{6}$/)
      .describe("Case number in Delius"),
    nomsId: z
      .string()
      .optional()
      .describe("NOMS number, as Delius holds it; absent where the case is not linked to a prisoner"),
    currentTier: z.string().optional().describe("Tier of the case; absent where it has none"),
    resourcing: z
      .enum(["ENHANCED", "NORMAL"])
      .optional()
      .describe("Latest decision on an active sentence; absent where there is none"),
    manager: z
      .object({
        team: codedSchema.extend({ localDeliveryUnit: codedSchema.optional() }),
        code: z
          .string()
          .optional()
          .describe("Officer code; absent, like name and email, while no one is allocated, and where Delius has none"),
        name: z
          .object({
            forename: z.string().describe("All forenames"),
            middleName: z.string().optional(),
            surname: z.string(),
          })
          .optional(),
        email: z.string().optional().describe("Absent where the directory of staff has none"),
      })
      .optional()
      .describe("The community offender manager; absent where the case has none"),
    mappaLevel: z
      .int()
      .min(0)
      .max(3)
      .optional()
      .describe("0 without a MAPPA registration; absent where the registration has no level"),
    vloAssigned: z.boolean().describe("Whether victim liaison is registered"),
    rosh: z
      .object({ level: roshSchema.shape.level, startDate: z.iso.date() })
      .optional()
      .describe("Risk of serious harm; absent where none is registered"),
  })
  .meta({ title: "CaseRecord" });

/** See {@link caseRecordSchema}. What is undefined is left out. */
export type CaseRecord = Readonly<z.infer<typeof caseRecordSchema>>;

/** A case as Delius holds it, as far as a case record needs it; codes without the blanks that fill their columns. */
export interface StoredCase {
  readonly crn: string;
  readonly nomsNumber: string | null;
  readonly tier: string | null;
  readonly allocationDecision: string | null;
  readonly manager: CommunityManager | null;
  readonly registrations: readonly Registration[];
}

/** The COM of a stored case. */
interface CommunityManager {
  /** Null where Delius names only the team. */
  readonly officer: CommunityOfficer | null;
  readonly team: Coded;
  readonly district: Coded | null;
}

/** The officer who is the COM; not all have a code. */
interface CommunityOfficer {
  readonly code: string | null;
  readonly forename: string;
  readonly forename2: string | null;
  readonly surname: string;
  readonly username: string | null;
  readonly lastKnownEmail: KnownEmail | null;
}

type Coded = Readonly<z.infer<typeof codedSchema>>;

type Manager = NonNullable<CaseRecord["manager"]>;

const resourcingOf = new Map<string | null, CaseRecord["resourcing"]>([
  ["R", "ENHANCED"],
  ["A", "NORMAL"],
]);
const victimLiaison = new Set(["DASO", "INVI"]);

/** The case record of a stored case; `email` is the COM's address, null where they have none (rule C3). */
export function toCaseRecord(stored: StoredCase, email: string | null): CaseRecord {
  const { crn, nomsNumber, tier, allocationDecision, manager, registrations } = stored;
  const rosh = findRosh(registrations);
  return {
    crn,
    nomsId: nomsNumber ?? undefined,
    currentTier: tier ?? undefined,
    resourcing: resourcingOf.get(allocationDecision),
    manager: manager === null ? undefined : toManager(manager, email),
    mappaLevel: findMappaLevel(registrations),
    vloAssigned: registrations.some(({ type }) => victimLiaison.has(type)),
    rosh: rosh.kind === "known" ? rosh.rosh : undefined,
    // Every property, so that none is forgotten.
  } satisfies Record<keyof CaseRecord, unknown>;
}

/**
 * The user whose e-mail address a record shows; null where it shows none. An unallocated officer is no one, so they have
 * neither name nor address: Manage POM Cases would show a placeholder as a person (rule C3).
 */
export function findEmailOwner({ manager }: StoredCase): (CommunityOfficer & { readonly username: string }) | null {
  const officer = manager?.officer ?? null;
  if (officer === null || isUnallocatedOfficer(officer.code)) return null;
  const { username } = officer;
  return username === null ? null : { ...officer, username };
}

function toManager({ officer, district, ...manager }: CommunityManager, email: string | null): Manager {
  const team = { ...manager.team, localDeliveryUnit: district ?? undefined };
  if (officer === null || isUnallocatedOfficer(officer.code)) return { team };
  const { code, forename, forename2, surname } = officer;
  const name = {
    forename: forename2 === null ? forename : `${forename} ${forename2}`,
    middleName: forename2 ?? undefined,
    surname,
  };
  return { team, code: code ?? undefined, name, email: email ?? undefined };
}
