import type { Executor } from "./database.ts";
import { requiredSettings } from "./session-settings.ts";
import { getSessionState, type SessionState } from "./session-state-store.ts";

const oldestVersion = 15;
const versionsApart = 10_000;

/** What keeps the service from working on this server and through what stands before it. */
export interface SessionFaults {
  /** A sentence each. */
  readonly faults: readonly string[];
  /** Whether what else the session reads is of the right schema, on a server that understands our statements. */
  readonly canRead: boolean;
}

/** Reads what the server is, and whether the session is set as promises need it. */
export async function findSessionFaults(executor: Executor, schema: string): Promise<SessionFaults> {
  const wanted = requiredSettings(schema);
  const state = await getSessionState(executor, Object.keys(wanted));
  const isRightSchema = state.settings["search_path"] === wanted["search_path"];
  return { faults: describeSession(state, wanted), canRead: isRightSchema && !isOld(state) };
}

function isOld({ version }: Pick<SessionState, "version">): boolean {
  return version < oldestVersion * versionsApart;
}

/** See {@link SessionFaults}. */
export function describeSession(
  { version, settings }: SessionState,
  wanted: Readonly<Record<string, string>>,
): readonly string[] {
  const major = Math.floor(version / versionsApart);
  if (isOld({ version })) {
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
