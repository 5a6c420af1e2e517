import { managers, peopleToTry } from "./page.ts";
import { newPrisoner, type Prisoner } from "./prisoner.ts";

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
