import { establishments, type Establishment, type SeedOfficer } from "./organisation.ts";
import { createChance } from "./random-numbers.ts";

const casesPerProvider = 5_000;
const maxProviders = 120;
const officersPerTeam = 100;

const forenames = `Ada Amir Bo Bronwen Carys Chidi Dev Dilys Ed Esi Finn Freya Gita Gwen Hugo Hana Ines Ivor Jude Jaya
  Kit Kofi Lena Luca Musa Mair Nell Omar Pia Quinn Rhys Rosa Sian Sol Tariq Una Vik Wren Yara Zoë`.split(/\s+/);
const surnames = `Abara Ashby Birch Bose Castell Clarke Dlamini Doyle Evans Eze Fox Farouk Grey Gill Hall Haq Iqbal
  Ingram Jones Jha Kaur King Lloyd Lin Mensah Moss Nair North O'Brien Owusu Patel Pryce Quirke Rees Reid Shah Stone
  Tran Usher Voss`.split(/\s+/);

/** Invented prisons beside the sandbox's own: one for each 5,000 cases, at most 120. */
export function generatedEstablishments(cases: number): readonly Establishment[] {
  const count = Math.min(maxProviders, Math.floor(cases / casesPerProvider));
  return Array.from({ length: count }, (_, index) => {
    const number = String(index % 100).padStart(2, "0");
    const [prisons, providers] = index < 100 ? ["Z", "Q"] : ["Y", "R"];
    return { prison: `${prisons}${number}`, provider: `${providers}${number}`, place: `Place ${index + 1}` };
  });
}

/** Invented staff: 100 POMs and 100 COMs for each provider. Some of one provider bear the same name. */
export function generatedOfficers(cases: number, seed: number): readonly SeedOfficer[] {
  if (cases === 0) return [];
  const chance = createChance(seed);
  return providersOf(cases).flatMap((provider) =>
    (["POM", "CMT"] as const).flatMap((kind) =>
      Array.from({ length: officersPerTeam }, (_, index) => ({
        code: officerCode(provider, kind, index),
        forename: chance.pick(forenames),
        surname: chance.pick(surnames),
        provider,
        teams: [`${provider}${kind}`],
      })),
    ),
  );
}

/** The codes of all providers, the sandbox's and the invented. */
export function providersOf(cases: number): readonly string[] {
  return [...establishments, ...generatedEstablishments(cases)].map(({ provider }) => provider);
}

/** The code of an invented officer by number. Its letter is one that the sandbox's own officers do not use. */
export function officerCode(provider: string, kind: "POM" | "CMT", index: number): string {
  const number = String((index % officersPerTeam) + 1).padStart(3, "0");
  return `${provider}${kind === "POM" ? "P" : "K"}${number}`;
}
