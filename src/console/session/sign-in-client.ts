import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
} from "openid-client";
import { configureAuthClient } from "../../platform/access/auth-client.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Secret } from "../../platform/process/secret.ts";

/** How people sign in. */
export interface SignInSettings {
  /** Where the console is, as browsers see it: an origin. */
  readonly consoleUrl: string;
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly authorizeUrl: string;
  readonly signOutUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** What has to be known of a sign-in until it ends. */
export interface SignInAttempt {
  readonly state: string;
  readonly verifier: string;
}

/** The sign-in of HMPPS Auth. */
export interface SignInClient {
  /** Begins a sign-in: where to send the browser, and what to remember meanwhile. */
  begin(): Promise<{ readonly address: string; readonly attempt: SignInAttempt }>;
  /**
   * Ends it with the address that the browser came back to: the access token, or null where HMPPS Auth or the check of
   * its answer refused. Raises `DependencyError` (`auth`) where it cannot be asked.
   */
  finish(path: string, attempt: SignInAttempt): Promise<string | null>;
  /** Where to send the browser, so that HMPPS Auth ends its session as well. */
  readonly signOutAddress: string;
  /** Where the browser is sent from forms of ours. */
  readonly origin: string;
}

/** Where HMPPS Auth sends a browser back to. */
export const callbackPath = "/console/sign-in/callback";
/** Where it does so after signing out. */
export const signedOutPath = "/console/signed-out";

/** Sign-in by authorization code with PKCE. */
export function createSignInClient(settings: SignInSettings): SignInClient {
  const { consoleUrl, clientId, authorizeUrl, signOutUrl } = settings;
  const configuration = configureAuthClient(settings);
  const leaving = new URL(signOutUrl);
  leaving.searchParams.set("client_id", clientId);
  leaving.searchParams.set("redirect_uri", consoleUrl + signedOutPath);
  return {
    begin: async () => {
      const attempt = { state: randomState(), verifier: randomPKCECodeVerifier() };
      const address = buildAuthorizationUrl(configuration, {
        redirect_uri: consoleUrl + callbackPath,
        state: attempt.state,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: "S256",
      });
      return { address: address.href, attempt };
    },
    finish: async (path, { state, verifier }) => {
      const checks = { pkceCodeVerifier: verifier, expectedState: state };
      try {
        const { access_token: token } = await authorizationCodeGrant(configuration, new URL(path, consoleUrl), checks);
        return token;
      } catch (error) {
        if (isRefusal(error)) return null;
        throw new DependencyError("auth", errorClassOf(error), error);
      }
    },
    signOutAddress: leaving.href,
    origin: new URL(authorizeUrl).origin,
  };
}

/** The client's own checks refuse as well as the server does; what it could not reach or read is another matter. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return true;
  return error instanceof ClientError && error.code === "OAUTH_INVALID_RESPONSE";
}
