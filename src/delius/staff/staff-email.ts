import type { Instant } from "../../platform/time/london-time.ts";

/** What the directory said of a user's e-mail address, and when; null: the user has no entry or no address. */
export interface KnownEmail {
  readonly address: string | null;
  readonly readAt: Instant;
}

/** See {@link KnownEmail}. */
export interface StaffEmail extends KnownEmail {
  readonly username: string;
}

/** The newer of what two places know. */
export function newerEmail(one: KnownEmail | null, other: KnownEmail | null): KnownEmail | null {
  if (one === null || other === null) return one ?? other;
  return one.readAt >= other.readAt ? one : other;
}
