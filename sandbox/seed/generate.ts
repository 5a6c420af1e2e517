import type { Period, SeedCase, SeedPom, SeedRegistration, SeedSentence } from "./case.ts";
import { officerCode, providersOf } from "./generated-organisation.ts";
import { createChance, type Chance } from "./random-numbers.ts";

const day = 24 * 60 * 60 * 1000;
const minute = 60 * 1000;
const firstId = 1_001;
// Everything is told from a fixed day on, so that the same seed gives the same data whenever it is run.
const presentDay = Date.UTC(2026, 0, 5, 9);

/** What to generate. */
export interface Generation {
  readonly cases: number;
  readonly seed: number;
}

/**
 * Invented cases, the same ones for the same seed. Numbers never meet those of the sandbox's people. The shares of what
 * occurs are guesses at a probation service's: most cases have one sentence or none, fewer than half are in prison.
 */
export function* generateCases({ cases, seed }: Generation): Generator<SeedCase> {
  const chance = createChance(seed);
  const providers = providersOf(cases);
  for (let index = 0; index < cases; index += 1) yield generateCase(index, { chance, providers });
}

interface World {
  readonly chance: Chance;
  readonly providers: readonly string[];
}

function generateCase(index: number, world: World): SeedCase {
  const { chance } = world;
  const provider = pickProvider(world);
  const noms = chance.happens(0.8) ? nomsNumberAt(index) : null;
  const sentences = generateSentences(chance, noms !== null);
  const isInPrison = noms !== null && sentences.some(({ status, isOver }) => status === "D" && isOver !== true);
  const poms = isInPrison ? generatePoms(provider, world) : [];
  return {
    id: firstId + index,
    crn: crnAt(index),
    noms,
    isDeleted: chance.happens(0.01),
    ...(chance.happens(0.9) ? { tier: chance.pick(["A1", "B2", "C3", "D0"]) } : {}),
    com: generateCom(provider, chance),
    comResponsible: [comPeriod(poms, chance)].filter((period) => period !== null),
    poms,
    sentences,
    registrations: generateRegistrations(chance),
  };
}

// A few providers are large and many are small.
function pickProvider({ chance, providers }: World): string {
  return providers[Math.floor(chance.next() ** 1.5 * providers.length)] ?? chance.pick(providers);
}

/** The CRN of an invented case by place, up to a million. */
export function crnAt(index: number): string {
  return `Y${String(index).padStart(6, "0")}`;
}

/** The prison number of an invented case by place; ten thousand for each pair of letters. */
export function nomsNumberAt(index: number): string {
  const pair = Math.floor(index / 10_000);
  const letter = (place: number) => String.fromCharCode(65 + (Math.floor(pair / 26 ** place) % 26));
  return `G${String(index % 10_000).padStart(4, "0")}${letter(1)}${letter(0)}`;
}

function generateCom(provider: string, chance: Chance): NonNullable<SeedCase["com"]> {
  if (chance.happens(0.08)) return { officer: `${provider}ALLU`, team: `${provider}ALL` };
  const com = { officer: officerCode(provider, "CMT", chance.below(100)), team: `${provider}CMT` };
  return chance.happens(0.03) ? { ...com, isActive: false } : com;
}

function generateSentences(chance: Chance, isKnownToPrison: boolean): readonly SeedSentence[] {
  const draw = chance.next();
  const count = [0.25, 0.9, 0.98, 1].findIndex((limit) => draw < limit);
  const sentences = Array.from({ length: count }, () => {
    const draft = { status: pickStatus(chance), isOver: chance.happens(0.2), ...pickAllocation(chance) };
    const isDated = isKnownToPrison && draft.status === "D" && !draft.isOver;
    return { ...draft, keyDates: isDated ? generateKeyDates(chance) : {} };
  });
  const isOne = sentences.filter(({ isOver }) => !isOver).length === 1;
  return isOne ? sentences : sentences.map(withoutHandover);
}

// Which of several sentences they would belong to, no one can say.
function withoutHandover(sentence: SeedSentence): SeedSentence {
  const { POM1: _start, POM2: _date, ...keyDates } = sentence.keyDates ?? {};
  return { ...sentence, keyDates };
}

function pickStatus(chance: Chance): "D" | "B" | "P" {
  const draw = chance.next();
  if (draw < 0.55) return "D";
  return draw < 0.9 ? "B" : "P";
}

function pickAllocation(chance: Chance): Pick<SeedSentence, "allocation"> {
  if (chance.happens(0.2)) return {};
  return { allocation: { decision: chance.pick(["R", "A", "A", "A", "X"]), date: workingTime(chance, -700) } };
}

/** The start of the handover comes some weeks before it, or on the same day. */
function generateKeyDates(chance: Chance): Readonly<Record<string, string>> {
  const handover = 30 + chance.below(900);
  const start = chance.happens(0.2) ? handover : handover - 56;
  const dates = { SED: isoDate(handover + 200 + chance.below(1_000)) };
  if (chance.happens(0.4)) return dates;
  if (chance.happens(0.1)) return { ...dates, POM2: isoDate(handover) };
  return { ...dates, POM1: isoDate(start), POM2: isoDate(handover) };
}

/** One POM after the other; some moved to another prison, and the last one is mostly still there. */
function generatePoms(home: string, world: World): readonly SeedPom[] {
  const { chance } = world;
  const count = chance.below(5);
  const isResponsible = chance.happens(0.6);
  const isOver = chance.happens(0.1);
  const turns = Array.from({ length: count + 1 }, (_, index) => workingTime(chance, (index - count - 1) * 180));
  let provider = home;
  return turns.slice(0, count).map((start, index) => {
    const isMove = index > 0 && chance.happens(0.3);
    if (isMove) provider = chance.pick(world.providers);
    const later: Pick<SeedPom, "reason"> = { reason: isMove ? "EXT" : "INA" };
    const officer = officerCode(provider, "POM", chance.below(100));
    const pom = {
      officer,
      team: `${provider}POM`,
      start,
      isResponsible,
      ...(index > 0 ? later : {}),
      ...email(officer, chance),
    };
    const end = turns[index + 1];
    return end === undefined || (index === count - 1 && !isOver) ? pom : { ...pom, end };
  });
}

function email(officer: string, chance: Chance): Pick<SeedPom, "email"> {
  return chance.happens(0.9) ? { email: `${officer.toLowerCase()}@example.com` } : {};
}

/** The COM is responsible while no POM is: from the beginning, or from the end of the last POM's time. */
function comPeriod(poms: readonly SeedPom[], chance: Chance): Period | null {
  const last = poms.at(-1);
  if (last?.isResponsible !== true) return { start: workingTime(chance, -1_200) };
  return last.end === undefined ? null : { start: last.end };
}

function generateRegistrations(chance: Chance): readonly SeedRegistration[] {
  const date = () => isoDate(-chance.below(1_000));
  const level = chance.happens(0.95) ? { level: chance.pick(["M1", "M1", "M1", "M2", "M3", "M0"]) } : {};
  const mappa = { type: "MAPP", category: chance.pick(["M1", "M2", "M3", "M4", "X9"]), date: date(), ...level };
  const rosh = { type: chance.pick(["RLRH", "RMRH", "RMRH", "RHRH", "RVHR"]), date: date(), review: isoDate(180) };
  const former = { type: "RLRH", date: isoDate(-1_500), isDeregistered: true };
  return [
    ...(chance.happens(0.2) ? [mappa] : []),
    ...(chance.happens(0.7) ? [rosh] : []),
    ...(chance.happens(0.2) ? [former] : []),
    ...(chance.happens(0.04) ? [{ type: chance.pick(["DASO", "INVI"]), date: date() }] : []),
    ...(chance.happens(0.1) ? [{ type: "ALT1", date: date() }] : []),
  ];
}

/** A minute of a working day, some days from the present one. */
function workingTime(chance: Chance, days: number): Date {
  return new Date(presentDay + (days + chance.below(60)) * day + chance.below(8 * 60) * minute);
}

function isoDate(days: number): string {
  return new Date(presentDay + days * day).toISOString().slice(0, 10);
}
