import { randomUUID } from "node:crypto";
import { sandboxSessionSecret } from "../../src/app/console-config.ts";
import { createSealedCookies } from "../../src/console/session/sealed-cookie.ts";
import { beginSession, type Session } from "../../src/console/session/session.ts";
import { createFormTokens } from "../../src/console/web/form-token.ts";
import { secret } from "../../src/platform/process/secret.ts";

const sessionSecret = secret(sandboxSessionSecret);
const cookies = createSealedCookies(sessionSecret, false);
const tokens = createFormTokens(sessionSecret);

/** A session of the sandbox's console, without a browser. */
export interface SignedIn {
  readonly session: Session;
  /** As the `Cookie` header has it. */
  readonly cookie: string;
  /** A mark for one form. */
  readonly form: string;
}

/** Signs someone in who holds these roles, as the sandbox would, at a moment that may be in the past. */
export async function signedIn(
  roles: readonly string[] = ["ROLE_MPC_DELIUS_OPERATE"],
  at: number = Date.now(),
): Promise<SignedIn> {
  const caller = { client: "console", actor: "A_PERSON", authorities: new Set(roles) };
  const session = beginSession(randomUUID(), caller, at);
  const [cookie = ""] = (await cookies.seal("session", session)).split(";", 1);
  return { session, cookie, form: tokens.write(session.id) };
}
