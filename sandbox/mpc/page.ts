import type { Manager, Prisoner } from "./prisoner.ts";

/** Prisons that one may allocate at. */
export const prisons = { LEI: "Leeds", MDI: "Moorland", WDI: "Wakefield" };

/** Officers whom one may allocate, by NOMIS staff code. Delius knows the second; the others are new to it. */
export const managers: readonly Manager[] = [
  { code: 485637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" },
  { code: 485638, forename: "Ruth", surname: "Adeyemi", email: "ruth.adeyemi@example.com" },
  { code: 485639, forename: "Jo", surname: "Lindqvist", email: "jo.lindqvist@example.com" },
  { code: 485640, forename: "Amal", surname: "Haddad", email: null },
];

/** What the sandbox's people are good for, by NOMS number. */
export const peopleToTry: Readonly<Record<string, string>> = {
  A1001AA: "One sentence; the community officer is responsible",
  A1002AA: "Began with POM Ruth Adeyemi as responsible officer and both dates",
  A1003AA: "Delius has a POM planned for next month",
  A1004AA: "One sentence, no POM, no dates",
  A1005AA: "Two sentences: handover dates have to wait",
  A1006AA: "No sentence: handover dates have to wait for one",
  A1008AA: "The community officer is an unallocated one",
  A1009AA: "No community officer, no sentence",
  A1010AA: "Registrations only, no sentence",
  A1012AA: "Deleted in Delius: everything waits",
};

/** Those whom Delius knows without a prison number at first, by CRN. */
export const peopleWithoutNumber: Readonly<Record<string, string>> = {
  X100007: "Known to probation alone: give the case a prison number and it is compared",
};

/** An officer who is not allocated now, to allocate next. */
export function findOther(allocation: Prisoner["allocation"]): Manager {
  const present = allocation.kind === "allocated" ? allocation.manager.code : null;
  const other = managers.find(({ code }) => code !== present);
  if (other === undefined) throw new Error("There is no officer to allocate.");
  return other;
}
