import { Agent, request } from "undici";
import { z } from "zod";
import type { ColumnLengths } from "../../delius/schema/column-lengths.ts";
import {
  createAllocationReader,
  readAllocationNotFound,
  type AllocationAnswer,
} from "../allocation/allocation-answer.ts";
import { readHandoverDates, readHandoverNotFound, type HandoverAnswer } from "../handover/handover-answer.ts";
import { describeIssues } from "../../platform/process/schema-fault.ts";
import {
  limitCalls,
  readCapped,
  type BodyLimit,
  unobserved,
  type ObserveCall,
} from "../../platform/process/service-call.ts";
import { limitTime } from "../../platform/process/deadline.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { TokenSource } from "./hmpps-auth.ts";

/** What Manage POM Cases answered about one fact, or why the answer cannot be used. */
export type Answered<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly outcome: "InvalidAnswer" | "UnexpectedNotFound"; readonly reason: string };

/** Manage POM Cases' API. The addresses must have been checked before: a token goes with every call. */
export interface MpcApi extends AsyncDisposable {
  /** Raises `DependencyError` (`mpc` or `auth`) whenever it is not Manage POM Cases that speaks (rule M3). */
  fetchHandover(url: string, signal: AbortSignal): Promise<Answered<HandoverAnswer>>;
  /** Raises `DependencyError` (`mpc` or `auth`) whenever it is not Manage POM Cases that speaks (rule M3). */
  fetchAllocation(url: string, signal: AbortSignal): Promise<Answered<AllocationAnswer>>;
}

/** What the client of Manage POM Cases needs. */
export interface MpcApiSettings {
  readonly tokens: TokenSource;
  /** The lengths of the columns that names and addresses go to. */
  readonly columnLengths: ColumnLengths;
  readonly observeCall?: ObserveCall;
}

// Many messages are in work at once; Manage POM Cases is not to notice. Calls that hang while others are answered are beside.
const limits = { calls: 32, hanging: 64, connectMs: 5_000, callMs: 15_000 };
const bodyLimit: BodyLimit = { dependency: "mpc", bytes: 1024 * 1024 };

/** A client of Manage POM Cases: no redirects, capped in time and size (rule M3). Dispose closes its connections. */
export function createMpcApi({ tokens, columnLengths, observeCall = unobserved }: MpcApiSettings): MpcApi {
  const agent = new Agent({ connect: { timeout: limits.connectMs }, pipelining: 1 });
  const readAllocation = createAllocationReader(columnLengths);
  const takeTurn = limitCalls(limits);
  const ask = (name: string, url: string, signal: AbortSignal) =>
    takeTurn(() => fetchWithFreshToken({ agent, tokens, url, signal, name, observeCall }), signal);
  return {
    fetchHandover: async (url, signal) => {
      const response = await ask("handover", url, signal);
      return response.status === 200
        ? judge(readHandoverDates(response.json))
        : judgeNotFound(response, readHandoverNotFound);
    },
    fetchAllocation: async (url, signal) => {
      const response = await ask("allocation", url, signal);
      return response.status === 200
        ? judge(readAllocation(response.json))
        : judgeNotFound(response, readAllocationNotFound);
    },
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

interface MpcResponse {
  readonly status: 200 | 404;
  readonly json: unknown;
}

function judge<Answer>(parsed: z.ZodSafeParseResult<Answer>): Answered<Answer> {
  if (parsed.success) return { kind: "answer", answer: parsed.data };
  const reason = `Manage POM Cases' answer does not fit: ${describeIssues(parsed.error)}.`;
  return { kind: "refused", outcome: "InvalidAnswer", reason };
}

const notFoundSchema = z.object({ message: z.string() });

function judgeNotFound<Answer>({ json }: MpcResponse, read: (message: string) => Answer | null): Answered<Answer> {
  const message = notFoundSchema.safeParse(json).data?.message;
  const answer = message === undefined ? null : read(message);
  if (answer !== null) return { kind: "answer", answer };
  const reason = "Manage POM Cases answered 404 with a text that is none of those it has for this fact.";
  return { kind: "refused", outcome: "UnexpectedNotFound", reason };
}

interface Call {
  readonly agent: Agent;
  readonly tokens: TokenSource;
  readonly url: string;
  readonly signal: AbortSignal;
  /** What is asked for. */
  readonly name: string;
  readonly observeCall: ObserveCall;
}

// Any auth trouble at Manage POM Cases is a 401, also a passing one: one retry with a fresh token (rule M3).
async function fetchWithFreshToken(call: Call): Promise<MpcResponse> {
  const token = await call.tokens.getToken();
  const first = await fetchOnce(call, token);
  if (first.status !== 401) return accept(first);
  call.tokens.dropToken(token);
  return accept(await fetchOnce(call, await call.tokens.getToken()));
}

interface RawResponse {
  readonly status: number;
  readonly json: unknown;
}

function accept({ status, json }: RawResponse): MpcResponse {
  if (status !== 200 && status !== 404) throw new DependencyError("mpc", `HTTP ${status}`);
  if (json === undefined) throw new DependencyError("mpc", `HTTP ${status} without JSON`);
  return { status, json };
}

function fetchOnce(call: Call, token: string): Promise<RawResponse> {
  const { name, observeCall } = call;
  return observeCall({ dependency: "mpc", method: "GET", name }, (headers) =>
    send(call, { ...headers, accept: "application/json", authorization: `Bearer ${token}` }),
  );
}

async function send({ agent, url, signal }: Call, headers: Readonly<Record<string, string>>): Promise<RawResponse> {
  using limit = limitTime(limits.callMs, signal);
  try {
    const { statusCode, body } = await request(url, {
      dispatcher: agent,
      signal: limit.signal,
      headers,
    });
    return { status: statusCode, json: parseJson(await readCapped(body, bodyLimit)) };
  } catch (error) {
    if (error instanceof DependencyError) throw error;
    throw new DependencyError("mpc", errorClassOf(error), error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
