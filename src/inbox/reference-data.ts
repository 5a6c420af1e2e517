import { contactTypeCodes } from "../allocation/contact.ts";
import { reasonCodes, type ReasonCode } from "../allocation/history.ts";
import { keyDateTypes } from "../handover/custody.ts";
import type { Fact } from "./outcome.ts";

/** One code value of Delius: a reference data entry or a contact type. */
export interface ReferenceEntry {
  readonly codeSet: string;
  readonly code: string;
  readonly description: string;
}

/** The code values that each fact writes, and which of them Delius lacks. */
export interface ReferenceData {
  readonly missing: Readonly<Record<Fact, readonly string[]>>;
  readonly reasonDescriptions: Readonly<Record<ReasonCode, string>>;
}

const needed: Readonly<Record<Fact, readonly (readonly [codeSet: string, codes: readonly string[]])[]>> = {
  handover: [["THROUGHCARE DATE TYPE", keyDateTypes]],
  allocation: [
    ["POM ALLOCATION REASON", reasonCodes],
    ["contact type", contactTypeCodes],
  ],
};

/** Sorts out what Delius has of the code values that we write (spec 2.3). */
export function readReferenceData(entries: readonly ReferenceEntry[]): ReferenceData {
  const find = (codeSet: string, code: string) =>
    entries.find((entry) => entry.codeSet === codeSet && entry.code === code);
  const missing = (fact: Fact) =>
    needed[fact].flatMap(([codeSet, codes]) =>
      codes.filter((code) => find(codeSet, code) === undefined).map((code) => `${codeSet} ${code}`),
    );
  const description = (code: ReasonCode) => find("POM ALLOCATION REASON", code)?.description ?? code;
  return {
    missing: { handover: missing("handover"), allocation: missing("allocation") },
    reasonDescriptions: { AUT: description("AUT"), INA: description("INA"), EXT: description("EXT") },
  };
}

/** Whether Delius has every code value, so that the data need not be read again. */
export function isComplete({ missing }: ReferenceData): boolean {
  return missing.handover.length === 0 && missing.allocation.length === 0;
}
