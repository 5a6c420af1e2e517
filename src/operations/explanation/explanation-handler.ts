import type { Executor } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { describeFailure } from "../../platform/process/failed-dependency.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import type { Identifier, NomsNumber } from "../../delius/person/person.ts";
import { toKnownCase, toOtherCase, type MessagePageRequest, type OtherCase } from "./explanation.ts";
import type { Explanation, KnownCase, Present, ExplainedFact } from "./explanation-schema.ts";
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
  /** The Delius user that this service writes as. */
  readonly username: string;
  readonly askPresent: AskPresent;
}

/** Whom to explain, and which of the messages. */
export interface ExplanationRequest {
  readonly identifier: Identifier;
  readonly size: number;
  readonly before: MessagePageRequest["before"];
}

// An explanation is not to wait for as long as a message would.
const askMs = 8_000;

/** A case as far as it is known without asking anyone. */
interface FoundCase {
  readonly known: KnownCase;
  /** By which Manage POM Cases knows it, or null. */
  readonly nomsNumber: NomsNumber | null;
}

/**
 * Finds what Delius and we hold of whom a number names, in two statements at most; also where Delius has no such case, a
 * deleted one or several, as long as a message named it. Null where nothing at all is known.
 */
export async function findCase(
  { reads, username }: Omit<ExplanationSettings, "askPresent">,
  { identifier, size, before }: ExplanationRequest,
): Promise<FoundCase | null> {
  const [page, view] = [
    { before, most: size + 1 },
    { size, username },
  ];
  const [stored, ...others] = await listStoredCases(reads, identifier, page);
  if (stored !== undefined && others.length === 0) {
    return { known: toKnownCase(stored, view), nomsNumber: stored.nomsNumber };
  }
  const other = await getOtherCase(reads, identifier, page);
  const known = toOtherCase(other, identifier, view);
  return known === null ? null : { known, nomsNumber: nomsNumberOf(identifier, other) };
}

/**
 * Explains a case: what {@link findCase} finds, and what would happen now. Writes nothing. Raises `HttpError` (404) where
 * nothing at all is known.
 */
export async function explainCase(
  settings: ExplanationSettings,
  request: ExplanationRequest,
  signal: AbortSignal,
): Promise<Explanation> {
  const found = await findCase(settings, request);
  if (found === null) throw notFound(request.identifier);
  const { known, nomsNumber } = found;
  return { ...known, present: await findPresent(settings.askPresent, nomsNumber, signal) };
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

/** What would happen now, as far as Manage POM Cases says so in time. */
export async function findPresent(
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
