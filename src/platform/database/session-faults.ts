import type { Executor } from "./database.ts";
import { requiredSettings } from "./session-settings.ts";
import { getSessionState, type SessionState } from "./session-state-store.ts";

const oldestVersion = 15;
const versionsApart = 10_000;

/** What keeps the service from working on this server and through what stands before it, a sentence each. */
export async function listSessionFaults(executor: Executor, schema: string): Promise<readonly string[]> {
  const wanted = requiredSettings(schema);
  return describeSession(await getSessionState(executor, Object.keys(wanted)), wanted);
}

/** See {@link listSessionFaults}. */
export function describeSession(
  { version, settings }: SessionState,
  wanted: Readonly<Record<string, string>>,
): readonly string[] {
  const major = Math.floor(version / versionsApart);
  if (major < oldestVersion) {
    return [`DATABASE_URL: the server is PostgreSQL ${major}: ${oldestVersion} or newer is needed.`];
  }
  const lost = Object.entries(wanted).filter(([name, value]) => settings[name] !== value);
  if (lost.length === 0) return [];
  const list = lost.map(([name, value]) => `${name} (${settings[name] ?? "unknown"} in place of ${value})`).join(", ");
  return [
    `DATABASE_URL: the session is not set as it must be: ${list}. ` +
      `A connection pooler drops startup parameters, or the address has options of its own: let the service's through.`,
  ];
}
