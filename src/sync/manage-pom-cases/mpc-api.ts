import { clientCredentialsGrant, type Configuration } from "openid-client";
import { Agent, request } from "undici";
import { z } from "zod";
import type { ColumnLengths } from "../../delius/schema/column-lengths.ts";
import { configureAuthClient, type AuthSettings } from "../../platform/access/auth-client.ts";
import { limitCalls, limitTime, readCapped, type BodyLimit } from "../../platform/process/work-limits.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import { describeIssues } from "../../platform/process/schema-fault.ts";
import { unobserved, type ObserveCall } from "../../platform/process/service-call.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import { allocationSchema, readAllocationNotFound, type AllocationAnswer } from "../allocation/allocation-answer.ts";
import { handoverSchema, readHandoverNotFound, type HandoverAnswer } from "../handover/handover-answer.ts";

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
  const takeTurn = limitCalls(limits);
  const fetchBy =
    <Answer>(name: string, reading: Reading<Answer>) =>
    (url: string, signal: AbortSignal): Promise<Answered<Answer>> =>
      takeTurn(() => ask({ agent, tokens, url, signal, name, observeCall }, reading), signal);
  return {
    fetchHandover: fetchBy<HandoverAnswer>("handover", { schema: handoverSchema, readNotFound: readHandoverNotFound }),
    fetchAllocation: fetchBy<AllocationAnswer>("allocation", {
      schema: allocationSchema(columnLengths),
      readNotFound: readAllocationNotFound,
    }),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

/** How what is answered about one fact is read. */
interface Reading<Answer> {
  readonly schema: z.ZodType<Answer>;
  readonly readNotFound: (message: string) => Answer | null;
}

const notFoundSchema = z.object({ message: z.string() });

interface Call {
  readonly agent: Agent;
  readonly tokens: TokenSource;
  readonly url: string;
  readonly signal: AbortSignal;
  /** What is asked for. */
  readonly name: string;
  readonly observeCall: ObserveCall;
}

/**
 * Reads a 200 by the schema of its fact, and a 404 by its message (rules M1, M2); anything else, and what is not JSON, is not Manage POM
 * Cases that speaks. Any auth trouble there is a 401, also a passing one: one retry with a fresh token (rule M3).
 */
async function ask<Answer>(call: Call, { schema, readNotFound }: Reading<Answer>): Promise<Answered<Answer>> {
  const token = await call.tokens.getToken();
  let response = await fetchOnce(call, token);
  if (response.status === 401) {
    call.tokens.dropToken(token);
    response = await fetchOnce(call, await call.tokens.getToken());
  }
  const { status, text } = response;
  if (status !== 200 && status !== 404) throw new DependencyError("mpc", `HTTP ${status}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Without the error, which shows a part of the text.
    throw new DependencyError("mpc", `HTTP ${status} without JSON`);
  }
  if (status === 200) {
    const { success, data, error } = schema.safeParse(json);
    if (success) return { kind: "answer", answer: data };
    const reason = `Manage POM Cases' answer does not fit: ${describeIssues(error)}.`;
    return { kind: "refused", outcome: "InvalidAnswer", reason };
  }
  const message = notFoundSchema.safeParse(json).data?.message;
  const answer = message === undefined ? null : readNotFound(message);
  if (answer !== null) return { kind: "answer", answer };
  const reason = "Manage POM Cases answered 404 with a text that is none of those it has for this fact.";
  return { kind: "refused", outcome: "UnexpectedNotFound", reason };
}

function fetchOnce({ agent, url, signal, name, observeCall }: Call, token: string) {
  return observeCall({ dependency: "mpc", method: "GET", name }, async (further) => {
    using limit = limitTime(limits.callMs, signal);
    const headers = { ...further, accept: "application/json", authorization: `Bearer ${token}` };
    try {
      const { statusCode: status, body } = await request(url, { dispatcher: agent, signal: limit.signal, headers });
      return { status, text: await readCapped(body, bodyLimit) };
    } catch (error) {
      if (error instanceof DependencyError) throw error;
      throw new DependencyError("mpc", errorClassOf(error), error);
    }
  });
}

/** Bearer tokens for calls to Manage POM Cases. */
export interface TokenSource {
  /** A valid token; fetched once for all who wait. Raises `DependencyError` (`auth`). */
  getToken(): Promise<string>;
  /** Forgets a token that was refused, so that the next call fetches a fresh one (rule M4). */
  dropToken(token: string): void;
}

interface HeldToken {
  readonly value: string;
  readonly usableUntil: number;
}

const seconds = { margin: 60, shortestLife: 5 };
// With anything else in it, the call that carries the token would fail, and not HMPPS Auth be blamed.
const headerText = /^[\x21-\x7e]+$/;

/** A source of client-credential tokens, each kept until shortly before it expires (rule M4). */
export function createTokenSource(
  settings: AuthSettings,
  uptime: Uptime,
  observeCall: ObserveCall = unobserved,
): TokenSource {
  const configuration = configureAuthClient(settings, observeCall);
  let held: HeldToken | null = null;
  let pending: Promise<HeldToken> | null = null;
  return {
    getToken: async () => {
      if (held !== null && uptime() < held.usableUntil) return held.value;
      pending ??= fetchToken(configuration, uptime).finally(() => {
        pending = null;
      });
      held = await pending;
      return held.value;
    },
    dropToken: (token) => {
      if (held?.value === token) held = null;
    },
  };
}

async function fetchToken(configuration: Configuration, uptime: Uptime): Promise<HeldToken> {
  const askedAt = uptime();
  try {
    const { access_token: value, expires_in: life = 0 } = await clientCredentialsGrant(configuration);
    if (!headerText.test(value)) throw new DependencyError("auth", "token that no header can carry");
    const usable = Math.max(life - seconds.margin, seconds.shortestLife);
    return { value, usableUntil: askedAt + usable * 1000 };
  } catch (error) {
    throw new DependencyError("auth", errorClassOf(error), error);
  }
}
