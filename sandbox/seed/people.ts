import type { SeedCase } from "./case.ts";

const day = 24 * 60 * 60 * 1000;
const january = new Date("2026-01-08T09:30:00Z");

const dana = { officer: "N03C001", team: "N03CMT" };
const mikael = { officer: "N07C001", team: "N07CMT" };
const priya = { officer: "N02C001", team: "N02CMT" };
const ruth = { officer: "N03A001", team: "N03POM" };

/** The invented people of the sandbox. What lies ahead for them counts from `now`. */
export function describePeople(now: Date): readonly SeedCase[] {
  const nextMonth = new Date(now.getTime() + 30 * day);
  const planned = {
    ...numbered(3),
    com: mikael,
    poms: [{ ...ruth, start: nextMonth, isResponsible: true }],
    sentences: [{}],
  };
  return [...standing, planned];
}

const standing: readonly SeedCase[] = [
  {
    ...numbered(1),
    tier: "B2",
    com: dana,
    comResponsible: [{ start: january }],
    sentences: [{ allocation: { decision: "A", date: january } }],
    registrations: [
      { type: "MAPP", level: "M2", category: "M1", date: "2026-01-05", review: "2026-07-05" },
      { type: "RHRH", date: "2026-01-09" },
    ],
  },
  {
    ...numbered(2),
    tier: "C3",
    com: dana,
    poms: [{ ...ruth, start: january, email: "ruth.adeyemi@example.com", isResponsible: true }],
    sentences: [{ keyDates: { POM1: "2026-08-03", POM2: "2026-09-01" } }],
  },
  { ...numbered(4), com: mikael, comResponsible: [{ start: january }], sentences: [{}] },
  { ...numbered(5), com: priya, comResponsible: [{ start: january }], sentences: [{}, {}] },
  { ...numbered(6), com: dana, comResponsible: [{ start: january }] },
  { ...numbered(7), noms: null, com: dana, comResponsible: [{ start: january }], sentences: [{}] },
  {
    ...numbered(8),
    com: { officer: "N03ALLU", team: "N03ALL" },
    comResponsible: [{ start: january }],
    sentences: [{ allocation: { decision: "X", date: january } }],
  },
  {
    ...numbered(9),
    com: { ...dana, isActive: false },
    registrations: [
      { type: "DASO", date: "2026-02-02" },
      { type: "MAPP", date: "2026-02-03" },
    ],
  },
  {
    ...numbered(10),
    com: dana,
    comResponsible: [{ start: january }],
    registrations: [
      { type: "MAPP", level: "M1", category: "M2", date: "2026-01-10" },
      { type: "MAPP", level: "M3", category: "M3", date: "2026-02-10", isDeleted: true },
      { type: "MAPP", level: "M3", category: "M3", date: "2026-03-10", isDeregistered: true },
      { type: "RMRH", date: "2026-01-11" },
      { type: "RVHR", date: "2026-02-11", isDeleted: true },
      { type: "RVHR", date: "2026-03-11", isDeregistered: true },
      { type: "ALT1", level: "M3", category: "M4", date: "2026-04-10" },
    ],
  },
  { ...numbered(12), isDeleted: true, com: dana, sentences: [{}] },
];

/** A case with two POMs at once, as the original service can leave it; a database with our constraints refuses it. */
export const overlappedPerson: SeedCase = {
  ...numbered(11),
  com: dana,
  poms: [
    { ...ruth, start: january },
    { officer: "N03A999", team: "N03POM", start: new Date(january.getTime() + 10 * day), isResponsible: true },
  ],
  sentences: [{}],
};

function numbered(number: number): Pick<SeedCase, "id" | "crn" | "noms"> {
  const digits = String(number).padStart(2, "0");
  return { id: number, crn: `X1000${digits}`, noms: `A10${digits}AA` };
}
