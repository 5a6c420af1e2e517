import type { SignInSettings } from "../console/session/sign-in-client.ts";
import { secret, type Secret } from "../platform/process/secret.ts";
import type { Environment } from "./environment.ts";

/** How operators sign in to the console. */
export interface ConsoleConfig extends SignInSettings {
  readonly sessionSecret: Secret;
}

type Given = { readonly [Name in keyof Environment]?: Environment[Name] | undefined };

const names = [
  "CONSOLE_URL",
  "CONSOLE_CLIENT_ID",
  "CONSOLE_CLIENT_SECRET",
  "AUTH_AUTHORIZE_URL",
  "SESSION_SECRET",
] as const satisfies readonly (keyof Environment)[];

/** The console's part of the configuration; null where it is off. */
export function assembleConsole(environment: Environment): ConsoleConfig | null {
  const { CONSOLE_URL, CONSOLE_CLIENT_ID, CONSOLE_CLIENT_SECRET, AUTH_AUTHORIZE_URL, SESSION_SECRET } = environment;
  if (!CONSOLE_URL || !CONSOLE_CLIENT_ID || !CONSOLE_CLIENT_SECRET || !AUTH_AUTHORIZE_URL || !SESSION_SECRET)
    return null;
  return {
    consoleUrl: CONSOLE_URL,
    issuer: environment.AUTH_ISSUER,
    tokenUrl: environment.AUTH_TOKEN_URL,
    authorizeUrl: AUTH_AUTHORIZE_URL,
    signOutUrl: new URL("../sign-out", AUTH_AUTHORIZE_URL).href,
    clientId: CONSOLE_CLIENT_ID,
    clientSecret: secret(CONSOLE_CLIENT_SECRET),
    sessionSecret: secret(SESSION_SECRET),
  };
}

/** The secret of the sandbox's sessions, which production refuses. */
export const sandboxSessionSecret = "sandbox-session-secret-known-to-everyone";

/** What is wrong with the console's variables together: some are missing, or production must not use them. */
export function findConsoleFaults(environment: Given): readonly string[] {
  const missing = names.filter((name) => environment[name] === undefined);
  const isPart = missing.length > 0 && missing.length < names.length;
  const faults = isPart ? [`Set ${missing.join(" and ")} too, or unset all of ${names.join(", ")}.`] : [];
  if (environment.NODE_ENV !== "production") return faults;
  const addresses = ["CONSOLE_URL", "AUTH_AUTHORIZE_URL"] as const;
  const unsafe = addresses.filter((name) => environment[name]?.startsWith("https:") === false);
  return [
    ...faults,
    ...unsafe.map((name) => `${name} must be https: in production.`),
    ...(environment.SESSION_SECRET === sandboxSessionSecret
      ? ["SESSION_SECRET is the sandbox's: set the real one."]
      : []),
  ];
}
