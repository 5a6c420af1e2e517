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
  /** The session of a request's cookie, even if it has been idle for too long; null where there is none. */
  read(request: FastifyRequest): Promise<Session | null>;
  /** Drops the session of a request: it has ended elsewhere. */
  forget(request: FastifyRequest): void;
  /** Keeps a session from counting as idle, and forgets its notice, which has been shown, or takes a new one. */
  renew(reply: FastifyReply, notice?: Notice): Promise<void>;
  /** Takes the session from this browser. */
  leave(reply: FastifyReply): void;
}

/** Keeps sessions in cookies, by the wall clock, for replicas share nothing else. */
export function createSessions(cookies: SealedCookies, clock: Clock): Sessions {
  const found = new WeakMap<FastifyRequest, Session>();
  const write = async (reply: FastifyReply, session: Session) => {
    reply.header("set-cookie", await cookies.seal(cookie, session));
  };
  const read = (request: FastifyRequest) => cookies.open(cookie, request.headers.cookie, sessionSchema);
  return {
    read,
    identify: async (request) => {
      const session = await read(request);
      if (session === null || !isLive(session, clock())) return null;
      found.set(request, session);
      return callerOf(session);
    },
    find: (request) => found.get(request) ?? null,
    forget: (request) => void found.delete(request),
    begin: (reply, caller) => write(reply, beginSession(randomUUID(), caller, clock())),
    renew: async (reply, notice) => {
      const session = found.get(reply.request);
      if (session === undefined) return;
      const { notice: shown, ...kept } = session;
      const now = clock();
      const hasChanged = shown !== undefined || notice !== undefined || isToRenew(session, now);
      if (hasChanged) await write(reply, { ...kept, seenAt: now, ...(notice === undefined ? {} : { notice }) });
    },
    leave: (reply) => void reply.header("set-cookie", cookies.remove(cookie)),
  };
}
