import type { Executor } from "../adapters/database.ts";
import { DependencyError } from "../adapters/dependency-error.ts";
import { HttpError } from "../adapters/http-error.ts";
import type { Identifier, NomsNumber } from "../person/person.ts";
import { toExplanation, type MessagePlace, type StoredExplanation } from "./explanation.ts";
import type { Explanation, Present, ToldFact } from "./explanation-schema.ts";
import { listStoredExplanations } from "./explanation-store.ts";

/**
 * Says what would be decided for each fact of a person now; raises `DependencyError` when it cannot ask, or `HttpError`
 * where this instance does not.
 */
export type AskPresent = (nomsNumber: NomsNumber, signal: AbortSignal) => Promise<readonly ToldFact[]>;

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
 * Explains one case: what Delius and we hold of it, what would happen now, and what happened. Writes nothing. Raises
 * `HttpError` (404) where there is no such case or are several.
 */
export async function explainCase(
  { reads, askPresent }: ExplanationSettings,
  { identifier, size, before }: ExplanationRequest,
  signal: AbortSignal,
): Promise<Explanation> {
  const found = await listStoredExplanations(reads, identifier, { before, most: size + 1 });
  const stored = requireOne(found, identifier);
  return toExplanation(stored, await findPresent(askPresent, stored.nomsNumber, signal), size);
}

function requireOne([stored, ...others]: readonly StoredExplanation[], identifier: Identifier): StoredExplanation {
  if (stored !== undefined && others.length === 0) return stored;
  const name = "crn" in identifier ? `crn of ${identifier.crn}` : `nomsId of ${identifier.nomsNumber}`;
  if (stored !== undefined) throw new HttpError({ status: 404, message: `More than one person with ${name}` });
  const developerMessage = `No undeleted case has this ${"crn" in identifier ? "CRN" : "NOMS number"}`;
  throw new HttpError({ status: 404, message: `Person with ${name} not found`, developerMessage });
}

async function findPresent(
  askPresent: AskPresent,
  nomsNumber: NomsNumber | null,
  signal: AbortSignal,
): Promise<Present> {
  if (nomsNumber === null) {
    return unknown("The case has no NOMS number, so Manage POM Cases cannot be asked about it");
  }
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  try {
    return { result: "decided", facts: [...(await askPresent(nomsNumber, inTime))] };
  } catch (error) {
    signal.throwIfAborted();
    if (inTime.aborted) return unknown("Manage POM Cases did not answer in time");
    if (error instanceof DependencyError) return unknown(describeFailure(error));
    if (error instanceof HttpError) return unknown(error.answer.message);
    throw error;
  }
}

function unknown(message: string): Present {
  return { result: "not known", message };
}

function describeFailure({ dependency }: DependencyError): string {
  if (dependency === "mpc") return "Manage POM Cases cannot be asked at the moment";
  if (dependency === "auth") return "HMPPS Auth gives no token at the moment, so Manage POM Cases cannot be asked";
  return "What would be decided cannot be found out at the moment";
}
