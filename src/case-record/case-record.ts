import { z } from "zod";
import { registrationSchema, type Registration } from "../person/registration.ts";
import { findMappaLevel } from "../risk/mappa.ts";
import { findRosh, type Rosh } from "../risk/rosh.ts";
import { isUnallocatedOfficer } from "../staff/officer-code.ts";

// Delius fills a code up with blanks to the width of its column.
const codeSchema = z.string().transform((code) => code.trimEnd());
const codedSchema = z.object({ code: codeSchema, description: z.string() });

const optionalNameSchema = z
  .string()
  .nullable()
  .transform((name) => (name === null || name.trim() === "" ? null : name));

const communityManagerSchema = z.object({
  code: codeSchema,
  forename: z.string(),
  forename2: optionalNameSchema,
  surname: z.string(),
  username: optionalNameSchema,
  lastKnownEmail: z.object({ address: z.string().nullable(), readAt: z.int() }).nullable(),
  team: codedSchema,
  district: codedSchema.nullable(),
});

/** A case as Delius holds it, as far as a case record needs it. */
export const storedCaseSchema = z.object({
  crn: z.string(),
  nomsNumber: z.string().nullable(),
  tier: z.string().nullable(),
  allocationDecision: z.string().nullable(),
  manager: communityManagerSchema.nullable(),
  registrations: z.array(registrationSchema),
});

/** See {@link storedCaseSchema}. */
export type StoredCase = Readonly<z.infer<typeof storedCaseSchema>>;

/** The COM of a stored case. */
export type CommunityManager = NonNullable<StoredCase["manager"]>;

/** The probation case as Manage POM Cases is told of it; what is undefined is left out (spec 4.2). */
export interface CaseRecord {
  readonly crn: string;
  readonly nomsId: string | undefined;
  readonly currentTier: string | undefined;
  readonly resourcing: "ENHANCED" | "NORMAL" | undefined;
  readonly manager: Manager | undefined;
  readonly mappaLevel: number | undefined;
  readonly vloAssigned: boolean;
  readonly rosh: Rosh | undefined;
}

interface Coded {
  readonly code: string;
  readonly description: string;
}

interface Manager {
  readonly team: Coded & { readonly localDeliveryUnit: Coded | undefined };
  readonly code?: string;
  readonly name?: { readonly forename: string; readonly middleName: string | undefined; readonly surname: string };
  readonly email?: string | undefined;
}

const resourcingOf = new Map<string | null, CaseRecord["resourcing"]>([
  ["R", "ENHANCED"],
  ["A", "NORMAL"],
]);
const victimLiaison = new Set(["DASO", "INVI"]);

/** The case record of a stored case; `email` is the COM's address, null where they have none (spec 4.2). */
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
    vloAssigned: hasVictimLiaison(registrations),
    rosh: rosh.kind === "known" ? rosh.rosh : undefined,
  };
}

/**
 * The user whose e-mail address a record shows; null where it shows none. An unallocated officer is nobody, so they have
 * neither name nor address: Manage POM Cases would show a placeholder as a person (spec 4.2).
 */
export function findEmailOwner({ manager }: StoredCase): (CommunityManager & { readonly username: string }) | null {
  if (manager === null || isUnallocatedOfficer(manager.code)) return null;
  const { username } = manager;
  return username === null ? null : { ...manager, username };
}

function toManager(manager: CommunityManager, email: string | null): Manager {
  const { code, forename, forename2, surname, district } = manager;
  const team = { ...manager.team, localDeliveryUnit: district ?? undefined };
  if (isUnallocatedOfficer(code)) return { team };
  const name = {
    forename: forename2 === null ? forename : `${forename} ${forename2}`,
    middleName: forename2 ?? undefined,
    surname,
  };
  return { team, code, name, email: email ?? undefined };
}

function hasVictimLiaison(registrations: readonly Registration[]): boolean {
  return registrations.some(({ type }) => victimLiaison.has(type));
}
