import { readIdentifier, type Identifier } from "../../delius/person/person.ts";
import { toCaseRecord, type StoredCase } from "./case-record.ts";
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
  readonly cases: readonly StoredCase[];
  /** Undefined: not known now. */
  readonly email: string | null | undefined;
}

/** Sorts what was found into the answer, in the order asked. */
export function answerBatch(findings: readonly BatchFinding[], invalid: readonly string[]): BatchAnswer {
  const sole = findings.flatMap(({ text, cases: [stored, ...others], email }) =>
    stored === undefined || others.length > 0 ? [] : { text, stored, email },
  );
  const known = new Set(sole.map(({ text }) => text));
  const records = sole.flatMap(({ stored, email }) => (email === undefined ? [] : toCaseRecord(stored, email)));
  return {
    records: [...new Map(records.map((record) => [record.crn, record])).values()],
    notFound: findings.flatMap(({ text }) => (known.has(text) ? [] : text)),
    invalid: [...invalid],
    unavailable: sole.flatMap(({ text, email }) => (email === undefined ? text : [])),
  };
}
