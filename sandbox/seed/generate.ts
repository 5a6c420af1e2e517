import type { SeedCase, SeedPom, SeedRegistration, SeedSentence } from "./case.ts";
import { establishments, type Establishment, type SeedOfficer } from "./organisation.ts";

const day = 24 * 60 * 60 * 1000;
const casesPerProvider = 5_000;
const mostProviders = 40;
const officersPerTeam = 100;
const firstId = 1_001;

const forenames = ["Ada", "Bo", "Carys", "Dev", "Esi", "Finn", "Gita", "Hugo", "Ines", "Jude", "Kit", "Lena", "Musa"];
const surnames = ["Abara", "Birch", "Castell", "Dlamini", "Evans", "Fox", "Grey", "Hall", "Iqbal", "Jones", "Kaur"];

/** What to generate. */
export interface Generation {
  readonly cases: number;
  readonly seed: number;
  readonly now: Date;
}

/** Invented prisons beside the sandbox's own: one for each 5,000 cases, at most 40. */
export function generatedEstablishments(cases: number): readonly Establishment[] {
  const count = Math.min(mostProviders, Math.floor(cases / casesPerProvider));
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(2, "0");
    return { prison: `Z${number}`, provider: `Q${number}`, place: `Place ${number}` };
  });
}

/** Invented staff: 100 POMs and 100 COMs for each provider. */
export function generatedOfficers(cases: number, seed: number): readonly SeedOfficer[] {
  if (cases === 0) return [];
  const random = randomNumbers(seed);
  return providersOf(cases).flatMap((provider) =>
    (["POM", "CMT"] as const).flatMap((kind) =>
      Array.from({ length: officersPerTeam }, (_, index) => ({
        code: officerCode(provider, kind, index),
        forename: `${pick(forenames, random)}${index}`,
        surname: pick(surnames, random),
        provider,
        teams: [`${provider}${kind}`],
      })),
    ),
  );
}

/** Invented cases, the same ones for the same seed. */
export function* generateCases({ cases, seed, now }: Generation): Generator<SeedCase> {
  const random = randomNumbers(seed + 1);
  const providers = providersOf(cases);
  for (let index = 0; index < cases; index += 1) {
    const provider = pick(providers, random);
    const com = { officer: officerCode(provider, "CMT", index % officersPerTeam), team: `${provider}CMT` };
    const poms = generatePoms(provider, random, now);
    const isPomResponsible = poms.some(({ isResponsible }) => isResponsible);
    yield {
      id: firstId + index,
      crn: `Y${String(index).padStart(6, "0")}`,
      noms: random() < 0.95 ? nomsNumber(index) : null,
      tier: pick(["A1", "B2", "C3", "D0"], random),
      com,
      comResponsible: isPomResponsible ? [] : [{ start: new Date(now.getTime() - 900 * day) }],
      poms,
      sentences: generateSentences(random),
      registrations: generateRegistrations(random),
    };
  }
}

function providersOf(cases: number): readonly string[] {
  return [...establishments, ...generatedEstablishments(cases)].map(({ provider }) => provider);
}

// Letters that the sandbox's own officers do not use, so that codes never meet.
function officerCode(provider: string, kind: "POM" | "CMT", index: number): string {
  return `${provider}${kind === "POM" ? "P" : "K"}${String(index + 1).padStart(3, "0")}`;
}

function nomsNumber(index: number): string {
  const letters = Math.floor(index / 10_000);
  const letter = (place: number) => String.fromCharCode(65 + (Math.floor(letters / 26 ** place) % 26));
  return `G${String(index % 10_000).padStart(4, "0")}${letter(1)}${letter(0)}`;
}

function generatePoms(provider: string, random: () => number, now: Date): readonly SeedPom[] {
  const count = Math.floor(random() * 4);
  const starts = Array.from({ length: count }, (_, index) => now.getTime() - (count - index) * 200 * day);
  const isResponsible = random() < 0.5;
  return starts.map((start, index) => {
    const next = starts[index + 1];
    const officer = officerCode(provider, "POM", Math.floor(random() * officersPerTeam));
    const pom = { officer, team: `${provider}POM`, start: new Date(start), isResponsible };
    return next === undefined ? pom : { ...pom, end: new Date(next) };
  });
}

function generateSentences(random: () => number): readonly SeedSentence[] {
  const draw = random();
  if (draw < 0.25) return [];
  const keyDates = random() < 0.6 ? { POM1: futureDate(random), POM2: futureDate(random) } : {};
  const sentence: SeedSentence = { status: random() < 0.1 ? "P" : "D", keyDates };
  return draw < 0.95 ? [sentence] : [sentence, {}];
}

function futureDate(random: () => number): string {
  const month = 1 + Math.floor(random() * 12);
  const date = 1 + Math.floor(random() * 28);
  return `2027-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;
}

function generateRegistrations(random: () => number): readonly SeedRegistration[] {
  const mappa = { type: "MAPP", level: pick(["M0", "M1", "M2", "M3"], random), category: "M1", date: "2025-11-03" };
  const rosh = { type: pick(["RLRH", "RMRH", "RHRH", "RVHR"], random), date: "2025-11-04" };
  return [...(random() < 0.3 ? [mappa] : []), ...(random() < 0.6 ? [rosh] : [])];
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}

/** Evenly spread numbers in [0, 1), the same for the same seed (a linear congruential generator, modulus 2^32). */
function randomNumbers(seed: number): () => number {
  let state = (seed * 2_654_435_761) % 2 ** 32;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
