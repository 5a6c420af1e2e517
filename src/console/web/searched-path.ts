import { readIdentifier } from "../../delius/person/person.ts";

/** The page of what someone searches: a case by CRN or NOMS number, else a message by its key. */
export function findSearched(text: string): string {
  const wanted = text.trim();
  if (wanted === "") return "/console/messages";
  const identifier = readIdentifier(wanted);
  if (identifier === null) return `/console/messages/${encodeURIComponent(wanted)}`;
  return `/console/cases/${"crn" in identifier ? identifier.crn : identifier.nomsNumber}`;
}
