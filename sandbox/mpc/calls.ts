import { EventEmitter } from "node:events";
import type { FastifyReply } from "fastify";

/** An answer that a test puts in the place of the simulator's own. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer waits for this. */
  readonly after?: Promise<unknown>;
}

/** What a test makes of a call: an answer, a connection that is cut, no answer at all, or one that never ends. */
export type Fate = Reply | "cut" | "silence" | "endless body";

/** A call of the API. */
export interface ApiRequest {
  readonly path: string;
  readonly isAuthorized: boolean;
}

/** The calls of the API, and what tests want of those to come. */
export interface Calls {
  readonly requests: readonly ApiRequest[];
  /** See `Simulator`. */
  readonly unexpected: readonly string[];
  /** See `Simulator`. */
  readonly refusals: () => number;
  /** See `Simulator`. */
  readonly answerWith: (pathEnd: string, fate: Fate | readonly Fate[] | null) => void;
  /** See `Simulator`. */
  readonly nextRequest: (pathEnd: string) => Promise<ApiRequest>;
  /** Notes a call and answers what a test wants of it; undefined for the truth. */
  readonly take: (request: ApiRequest) => Fate | undefined;
  /** Notes a call of what there is not. */
  readonly blame: (call: string) => void;
}

/** Keeps the calls and what is wanted of them. */
export function watchCalls(): Calls {
  const requests: ApiRequest[] = [];
  const unexpected: string[] = [];
  let refusals = 0;
  const fates = new Map<string, Fate | Fate[]>();
  const arrivals = new EventEmitter<{ call: [ApiRequest] }>().setMaxListeners(0);
  return {
    requests,
    unexpected,
    refusals: () => refusals,
    blame: (call) => void unexpected.push(call),
    answerWith: (pathEnd, fate) => {
      if (fate === null) fates.delete(pathEnd);
      else fates.set(pathEnd, isList(fate) ? [...fate] : fate);
    },
    nextRequest: (pathEnd) =>
      new Promise((resolve) => {
        const look = (request: ApiRequest) => {
          if (!request.path.endsWith(pathEnd)) return;
          arrivals.off("call", look);
          resolve(request);
        };
        arrivals.on("call", look);
      }),
    take: (request) => {
      requests.push(request);
      if (!request.isAuthorized) unexpected.push(`${request.path} without a valid token`);
      arrivals.emit("call", request);
      const wanted = [...fates].find(([pathEnd]) => request.path.endsWith(pathEnd))?.[1];
      const fate = Array.isArray(wanted) ? wanted.shift() : wanted;
      if (typeof fate === "object" ? fate.status === 401 : !request.isAuthorized) refusals += 1;
      return fate;
    },
  };
}

function isList(fate: Fate | readonly Fate[]): fate is readonly Fate[] {
  return Array.isArray(fate);
}

/** Gives a call what a test wants of it. */
export async function meet(reply: FastifyReply, fate: Fate): Promise<FastifyReply> {
  if (typeof fate === "object") {
    const { status, body, headers, after } = fate;
    await after;
    return reply
      .code(status)
      .headers({ "content-type": "application/json", ...headers })
      .send(body);
  }
  reply.hijack();
  if (fate === "cut") reply.raw.socket?.destroy();
  if (fate === "endless body") reply.raw.writeHead(200, { "content-type": "application/json" }).write("{");
  return reply;
}
