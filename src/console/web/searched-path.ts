import { readIdentifier } from "../../delius/person/person.ts";
import { caseAddress, messageAddress } from "./navigation.ts";

/** The page of what someone searches: a case by CRN or NOMS number, else a message by its key. */
export function findSearched(text: string): string {
  const wanted = text.trim();
  if (wanted === "") return "/console/messages";
  const identifier = readIdentifier(wanted);
  if (identifier === null) return messageAddress(wanted);
  return caseAddress("crn" in identifier ? identifier.crn : identifier.nomsNumber);
}
