import { readIdentifier, type Identifier } from "../../delius/person/person.ts";
import { toCaseRecord, type CaseRecord, type StoredCase } from "./case-record.ts";
import type { BatchAnswer } from "./case-record-schema.ts";

/** What a batch asks for, sorted by whether it can be looked up. What is asked for twice is looked up once. */
export interface BatchQuestion {
  readonly asked: readonly { readonly text: string; readonly identifier: Identifier }[];
  readonly invalid: readonly string[];
}

/** Reads the identifiers of a batch. */
export function readBatch(texts: readonly string[]): BatchQuestion {
  const asked = new Map<string, BatchQuestion["asked"][number]>();
  const invalid = new Set<string>();
  for (const text of texts) {
    const identifier = readIdentifier(text);
    if (identifier === null) invalid.add(text);
    else remember(asked, { text, identifier });
  }
  return { asked: [...asked.values()], invalid: [...invalid] };
}

// The same number may come in several letter cases: the first stands for all.
function remember(asked: Map<string, BatchQuestion["asked"][number]>, one: BatchQuestion["asked"][number]): void {
  const number = "crn" in one.identifier ? one.identifier.crn : one.identifier.nomsNumber;
  if (!asked.has(number)) asked.set(number, one);
}

/** One identifier that a batch asked for, the cases that it names, and the e-mail address of the first one's manager. */
export interface BatchFinding {
  readonly text: string;
  /** Null: a row of one of them cannot be read. */
  readonly cases: readonly StoredCase[] | null;
  /** Undefined: not known now. */
  readonly email: string | null | undefined;
}

/** Sorts what was found into the answer, in the order asked. */
export function answerBatch(findings: readonly BatchFinding[], invalid: readonly string[]): BatchAnswer {
  const records = new Map<string, CaseRecord>();
  const notFound: string[] = [];
  const unavailable: string[] = [];
  for (const { text, cases, email } of findings) {
    const [stored, ...others] = cases ?? [];
    if (cases === null) unavailable.push(text);
    else if (stored === undefined || others.length > 0) notFound.push(text);
    else if (email === undefined) unavailable.push(text);
    else records.set(stored.crn, toCaseRecord(stored, email));
  }
  return { records: [...records.values()], notFound, invalid: [...invalid], unavailable };
}
