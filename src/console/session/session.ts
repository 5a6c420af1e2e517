import { z } from "zod";
import { isAllowed, operators, queueAdmins, viewers, type Caller } from "../../platform/access/access.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/** What a page says once about the last change, after its form was sent. */
export const noticeSchema = z.object({
  kind: z.enum(["success", "information"]),
  title: z.string(),
  text: z.string(),
});

/** See {@link noticeSchema}. */
export type Notice = Readonly<z.infer<typeof noticeSchema>>;

/** Someone who is signed in, as the sealed cookie holds it. */
export const sessionSchema = z.object({
  id: z.string(),
  user: z.string(),
  /** Those that the console knows: a person may hold a hundred others, and a cookie has 4 KB. */
  authorities: z.array(z.string()),
  signedInAt: z.int(),
  seenAt: z.int(),
  notice: noticeSchema.optional(),
});

/** See {@link sessionSchema}. */
export type Session = Readonly<z.infer<typeof sessionSchema>>;

const minute = 60_000;

/** How long a session lasts without a request, and in all. */
export const sessionLimits = { idleMs: 30 * minute, absoluteMs: 8 * 60 * minute, renewMs: minute } as const;

const known: ReadonlySet<string> = new Set([...viewers, ...operators, ...queueAdmins]);

/** The session of someone who has just signed in. */
export function beginSession(id: string, { actor, authorities }: Caller, now: Instant): Session {
  const kept = [...authorities].filter((authority) => known.has(authority));
  return { id, user: actor, authorities: kept, signedInAt: now, seenAt: now };
}

/** Whether a session still holds: neither idle nor open for too long, and not from the future. */
export function isLive(session: Session, now: Instant): boolean {
  const idle = now - session.seenAt;
  return idle < sessionLimits.idleMs && now < endOf(session) && idle > -sessionLimits.renewMs;
}

/** When a session is over, no matter what is done in it. */
export function endOf({ signedInAt }: Session): Instant {
  return signedInAt + sessionLimits.absoluteMs;
}

/** Whether the cookie is to be written again, so that the session does not count as idle. */
export function isToRenew({ seenAt }: Session, now: Instant): boolean {
  return now - seenAt >= sessionLimits.renewMs;
}

/** Who a session stands for, as any other caller. */
export function callerOf({ user, authorities }: Session): Caller {
  return { client: `console of ${user}`, actor: user, authorities: new Set(authorities) };
}

/** Whether someone may see the console's pages. */
export function mayView(session: Session): boolean {
  return isAllowed(callerOf(session), viewers);
}

/** Whether someone may change anything; who may not sees no buttons. */
export function mayOperate(session: Session): boolean {
  return isAllowed(callerOf(session), operators);
}
