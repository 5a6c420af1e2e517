import type { Executor } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { describeFailure } from "../../platform/process/failed-dependency.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import type { Identifier, NomsNumber } from "../../delius/person/person.ts";
import { toExplanation, toOtherExplanation, type MessagePlace, type OtherCase } from "./explanation.ts";
import type { Explanation, Present, ExplainedFact } from "./explanation-schema.ts";
import { listStoredCases } from "./explanation-store.ts";
import { getOtherCase } from "./other-case-store.ts";

/**
 * Says what would be decided for each fact of a person now; raises `DependencyError` when it cannot ask, or `HttpError`
 * where this instance does not.
 */
export type AskPresent = (nomsNumber: NomsNumber, signal: AbortSignal) => Promise<readonly ExplainedFact[]>;

/** What explanations are built from. */
export interface ExplanationSettings {
  readonly reads: Executor;
  readonly askPresent: AskPresent;
}

/** Whom to explain, and which of the messages. */
export interface ExplanationRequest {
  readonly identifier: Identifier;
  readonly size: number;
  readonly before: MessagePlace | null;
}

// An explanation is not to wait for as long as a message would.
const askMs = 8_000;

/**
 * Explains whom a number names: what Delius and we hold of the case, what would happen now, and what happened; also where
 * Delius has no such case, a deleted one or several, as long as a message named it. Writes nothing. Raises `HttpError`
 * (404) where nothing at all is known.
 */
export async function explainCase(
  { reads, askPresent }: ExplanationSettings,
  { identifier, size, before }: ExplanationRequest,
  signal: AbortSignal,
): Promise<Explanation> {
  const page = { before, most: size + 1 };
  const [stored, ...others] = await listStoredCases(reads, identifier, page);
  if (stored !== undefined && others.length === 0) {
    return toExplanation(stored, await findPresent(askPresent, stored.nomsNumber, signal), size);
  }
  const other = await getOtherCase(reads, identifier, page);
  const present = await findPresent(askPresent, nomsNumberOf(identifier, other), signal);
  const explanation = toOtherExplanation(other, identifier, { present, size });
  if (explanation === null) throw notFound(identifier);
  return explanation;
}

function nomsNumberOf(identifier: Identifier, { cases: [first] }: OtherCase): NomsNumber | null {
  return "nomsNumber" in identifier ? identifier.nomsNumber : (first?.nomsNumber ?? null);
}

function notFound(identifier: Identifier): HttpError {
  const name = "crn" in identifier ? `crn of ${identifier.crn}` : `nomsId of ${identifier.nomsNumber}`;
  const kind = "crn" in identifier ? "CRN" : "NOMS number";
  const developerMessage = `No case in Delius has this ${kind}, and no message named it`;
  return new HttpError({ status: 404, message: `Person with ${name} not found`, developerMessage });
}

async function findPresent(
  askPresent: AskPresent,
  nomsNumber: NomsNumber | null,
  signal: AbortSignal,
): Promise<Present> {
  if (nomsNumber === null) {
    return unknown("No NOMS number is known for the case, so Manage POM Cases cannot be asked about it");
  }
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  try {
    return { result: "decided", facts: [...(await askPresent(nomsNumber, inTime))] };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DependencyError) return unknown(describeFailure(error));
    if (inTime.aborted) return unknown("What would be decided could not be found out in time");
    if (error instanceof HttpError) return unknown(error.answer.message);
    throw error;
  }
}

function unknown(message: string): Present {
  return { result: "not known", message };
}
