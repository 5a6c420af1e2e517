import { managers } from "./page.ts";
import { newPrisoner, type Prisoner } from "./prisoner.ts";

/** What the sandbox's people are good for, by NOMS number. */
export const peopleToTry: Readonly<Record<string, string>> = {
  A1001AA: "One sentence; the community officer is responsible",
  A1002AA: "Ruth Adeyemi is POM and responsible; both handover dates are set",
  A1003AA: "Delius has a POM planned for next month",
  A1004AA: "One sentence, no POM, no dates",
  A1005AA: "Two sentences: handover dates have to wait",
  A1006AA: "No sentence: handover dates have to wait",
  A1008AA: "The community officer is unallocated",
  A1009AA: "No community officer",
  A1010AA: "No POM; several registrations",
  A1012AA: "Deleted in Delius: everything has to wait",
};

/** The prisoners that the simulator begins with: what it says of them is what the seed of Delius says. */
export function describeFirstPrisoners(): readonly Prisoner[] {
  return Object.keys(peopleToTry).map((noms) => ({ ...newPrisoner(noms), ...standing[noms] }));
}

const ruth = managers.find(({ surname }) => surname === "Adeyemi");

const standing: Readonly<Record<string, Partial<Prisoner>>> =
  ruth === undefined
    ? {}
    : {
        A1002AA: {
          allocation: { kind: "allocated", manager: ruth, prison: "LEI" },
          handover: { handoverDate: "2026-09-01", handoverStartDate: "2026-08-03" },
        },
      };
