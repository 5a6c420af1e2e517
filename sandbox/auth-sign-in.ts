import { createHash, randomUUID } from "node:crypto";
import { escape } from "./mpc/page-form.ts";

/** A person who may sign in. */
export interface AuthUser {
  /** As the token names them. */
  readonly userName: string;
  /** What the button says that signs them in. */
  readonly label: string;
  readonly authorities: readonly string[];
}

/** Someone who asks to sign in, checked. */
interface Asked {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string | null;
}

/** What a browser is answered. */
export interface BrowserAnswer {
  readonly status: number;
  readonly html?: string;
  readonly location?: string;
}

/** Sign-in by authorization code with PKCE, as strict as the real one. */
export interface SignIn {
  /** The page on which one chooses who one is. */
  ask(query: URLSearchParams): BrowserAnswer;
  /** Signs the chosen person in and leads the browser back with a code. */
  choose(query: URLSearchParams, user: string | null): BrowserAnswer;
  /** The person of a code, once, for anyone who asked for it and proves that; null for anyone else. */
  redeem(clientId: string, form: URLSearchParams): AuthUser | null;
  /** Leads the browser to an address of the client's after signing out. */
  leave(query: URLSearchParams): BrowserAnswer;
}

/** Lets one client's people sign in; codes lead back to exactly the addresses that are listed. */
export function createSignIn(
  { id, redirectUris }: { readonly id: string; readonly redirectUris: ReadonlySet<string> },
  users: readonly AuthUser[],
): SignIn {
  const codes = new Map<string, Asked & { readonly user: AuthUser }>();
  const read = (query: URLSearchParams) => readAsked(query, id, redirectUris);
  return {
    ask: (query) => {
      const asked = read(query);
      return "status" in asked ? asked : { status: 200, html: writePage(users, query) };
    },
    choose: (query, chosen) => {
      const asked = read(query);
      if ("status" in asked) return asked;
      const user = users.find(({ userName }) => userName === chosen);
      if (user === undefined) return leadBack(asked.redirectUri, { error: "access_denied", state: asked.state });
      const code = randomUUID();
      codes.set(code, { ...asked, user });
      return leadBack(asked.redirectUri, { code, state: asked.state });
    },
    redeem: (clientId, form) => {
      const code = form.get("code") ?? "";
      const issued = codes.get(code);
      codes.delete(code);
      const proof = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      const isRight =
        issued?.clientId === clientId && issued.redirectUri === form.get("redirect_uri") && issued.challenge === proof;
      return isRight ? issued.user : null;
    },
    leave: (query) => {
      const address = query.get("redirect_uri") ?? "";
      return redirectUris.has(address) ? { status: 302, location: address } : { status: 200, html: signedOut };
    },
  };
}

function readAsked(query: URLSearchParams, id: string, redirectUris: ReadonlySet<string>): Asked | BrowserAnswer {
  const [clientId, redirectUri] = [query.get("client_id"), query.get("redirect_uri")];
  // No one is led to an address that is not known.
  if (clientId !== id || redirectUri === null || !redirectUris.has(redirectUri)) return { status: 400, html: refused };
  const [challenge, state] = [query.get("code_challenge") ?? "", query.get("state")];
  const refuse = (error: string) => leadBack(redirectUri, { error, state });
  if (query.get("response_type") !== "code") return refuse("unsupported_response_type");
  const isProof = query.get("code_challenge_method") === "S256" && /^[\w-]{43}$/.test(challenge);
  return isProof ? { clientId, redirectUri, challenge, state } : refuse("invalid_request");
}

function leadBack(redirectUri: string, answer: Readonly<Record<string, string | null>>): BrowserAnswer {
  const address = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) if (value !== null) address.searchParams.set(name, value);
  return { status: 302, location: address.href };
}

function writeDocument(title: string, content: string): string {
  return `<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body><main><h1>${title}</h1>${content}</main></body>
</html>`;
}

const refused = writeDocument("This sign-in is refused", "<p>The client or its address is not known here.</p>");
const signedOut = writeDocument("You have signed out", "<p>You can close this page.</p>");

function writePage(users: readonly AuthUser[], query: URLSearchParams): string {
  const buttons = users.map(
    ({ userName, label }) => `<p><button name="user" value="${escape(userName)}">${escape(label)}</button></p>`,
  );
  const form = `<form method="post" action="?${escape(query.toString())}">${buttons.join("")}</form>`;
  return writeDocument("Sign in to the sandbox", `<p>A stand-in of HMPPS Auth: choose who you are.</p>${form}`);
}
