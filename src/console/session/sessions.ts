import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../../platform/access/access.ts";
import type { Clock } from "../../platform/time/uptime.ts";
import type { SealedCookies } from "./sealed-cookie.ts";
import { beginSession, callerOf, isLive, isToRenew, sessionSchema, type Notice, type Session } from "./session.ts";

const cookie = "session";

/** The sessions of those who are signed in; each stands in its own sealed cookie. */
export interface Sessions {
  /** Who a request comes from; null where no session holds. */
  identify(request: FastifyRequest): Promise<Caller | null>;
  /** The session of a request that was identified; null for any other. */
  find(request: FastifyRequest): Session | null;
  begin(reply: FastifyReply, caller: Caller): Promise<void>;
  /** Keeps a session from counting as idle, and forgets its notice, which has been shown, or takes a new one. */
  renew(reply: FastifyReply, notice?: Notice): Promise<void>;
  end(reply: FastifyReply): void;
}

/** Keeps sessions in cookies, by the wall clock, for replicas share nothing else. */
export function createSessions(cookies: SealedCookies, clock: Clock): Sessions {
  const found = new WeakMap<FastifyRequest, Session>();
  const write = async (reply: FastifyReply, session: Session) => {
    reply.header("set-cookie", await cookies.seal(cookie, session));
  };
  return {
    identify: async (request) => {
      const session = await cookies.open(cookie, request.headers.cookie, sessionSchema);
      if (session === null || !isLive(session, clock())) return null;
      found.set(request, session);
      return callerOf(session);
    },
    find: (request) => found.get(request) ?? null,
    begin: (reply, caller) => write(reply, beginSession(randomUUID(), caller, clock())),
    renew: async (reply, notice) => {
      const session = found.get(reply.request);
      if (session === undefined) return;
      const { notice: shown, ...kept } = session;
      const now = clock();
      const hasChanged = shown !== undefined || notice !== undefined || isToRenew(session, now);
      if (hasChanged) await write(reply, { ...kept, seenAt: now, ...(notice === undefined ? {} : { notice }) });
    },
    end: (reply) => void reply.header("set-cookie", cookies.remove(cookie)),
  };
}
