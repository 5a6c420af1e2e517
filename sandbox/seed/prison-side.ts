import type { Manager, Prisoner } from "../mpc/prisoner.ts";
import type { SeedCase, SeedPom, SeedSentence } from "./case.ts";
import type { Generation } from "./generate.ts";
import { generatedEstablishments, generatedOfficers, providersOf } from "./generated-organisation.ts";
import { establishments } from "./organisation.ts";

/** Who has a case, for Manage POM Cases. */
export type Allocated = Extract<Prisoner["allocation"], { kind: "allocated" }>;

/** How Manage POM Cases sees generated cases. */
export interface PrisonSide {
  /** What it says of a case that equals Delius. */
  readonly describe: (seedCase: SeedCase) => Prisoner;
  /** An officer of a provider whose name no one else in the POM team bears; the place chooses which one. */
  readonly pickOfficer: (provider: string, place: number) => Allocated;
  /** The provider that comes after this one. */
  readonly nextProvider: (provider: string) => string;
}

/** Looks at generated cases as Manage POM Cases does: by prison, and by staff codes of its own. */
export function createPrisonSide({ cases, seed }: Generation): PrisonSide {
  const providers = providersOf(cases);
  const prisons = new Map(
    [...establishments, ...generatedEstablishments(cases)].map(({ provider, prison }) => [provider, prison]),
  );
  const officers = generatedOfficers(cases, seed).filter(({ teams }) => teams.some((team) => team.endsWith("POM")));
  const managers = new Map(officers.map(({ code, forename, surname }, index) => [code, { forename, surname, index }]));
  const singles = Object.groupBy(listSingles(officers), ({ provider }) => provider);
  const allocate = (officer: string, email: string | null): Allocated => {
    const provider = officer.slice(0, 3);
    const { index, ...name } = require(managers.get(officer), officer);
    const manager: Manager = { code: firstStaffCode + index, ...name, email };
    return { kind: "allocated", manager, prison: require(prisons.get(provider), provider) };
  };
  return {
    describe: (seedCase) => describe(seedCase, allocate),
    pickOfficer: (provider, place) => {
      const choice = singles[provider] ?? [];
      return allocate(require(choice[place % choice.length], provider).code, null);
    },
    nextProvider: (provider) => require(providers[(providers.indexOf(provider) + 1) % providers.length], provider),
  };
}

const firstStaffCode = 500_000;

function require<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`The seed has no ${name}.`);
  return value;
}

function listSingles<Officer extends Pick<Manager, "forename" | "surname"> & { readonly provider: string }>(
  officers: readonly Officer[],
): readonly Officer[] {
  const nameOf = ({ provider, forename, surname }: Officer) => `${provider} ${forename} ${surname}`;
  const bearers = Map.groupBy(officers, nameOf);
  return officers.filter((officer) => bearers.get(nameOf(officer))?.length === 1);
}

function describe(seedCase: SeedCase, allocate: (officer: string, email: string | null) => Allocated): Prisoner {
  const { id, noms, poms = [] } = seedCase;
  const open = findOpenPom(seedCase);
  const last = poms.at(-1);
  const formerly = (pom: SeedPom): Prisoner["allocation"] => ({
    kind: "deallocated",
    prison: allocate(pom.officer, null).prison,
  });
  const absent: Prisoner["allocation"] = last === undefined ? { kind: "notReady" } : formerly(last);
  return {
    noms: noms ?? "",
    allocation: open === undefined ? absent : allocate(open.officer, open.email ?? null),
    handover: describeHandover(listActiveSentences(seedCase), id),
  };
}

/** Dates belong to a case's only sentence. Where Delius has none, both ways to have none occur. */
function describeHandover([sentence, ...others]: readonly SeedSentence[], id: number): Prisoner["handover"] {
  if (others.length > 0) return null;
  const { POM1: handoverStartDate = null, POM2: handoverDate = null } = sentence?.keyDates ?? {};
  const isEmpty = handoverStartDate === null && handoverDate === null;
  return isEmpty && id % 2 === 0 ? null : { handoverDate, handoverStartDate };
}

/** The POM whom a case has at a moment. */
export function findOpenPom({ poms = [] }: SeedCase, at: Date = new Date()): SeedPom | undefined {
  return poms.find(({ start, end }) => start <= at && (end === undefined || end > at));
}

/** The sentences of a case that are not over. */
export function listActiveSentences({ sentences = [] }: SeedCase): readonly SeedSentence[] {
  return sentences.filter(({ isOver }) => isOver !== true);
}

/** Whether a reconciliation reads a case (rule R1). */
export function isReconciled(seedCase: SeedCase): boolean {
  const { noms, isDeleted = false, sentences = [] } = seedCase;
  if (noms === null || isDeleted) return false;
  const isSentenced = listActiveSentences(seedCase).some(({ status }) => status !== "P");
  const isDated = sentences.some(({ keyDates = {} }) => "POM1" in keyDates || "POM2" in keyDates);
  return isSentenced || isDated || findOpenPom(seedCase)?.officer.endsWith("U") === false;
}
