import { hkdfSync } from "node:crypto";
import { parseCookie, stringifySetCookie } from "cookie";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import type { z } from "zod";
import type { Secret } from "../../platform/process/secret.ts";

/** Cookies that only this service can read and write, whichever replica. */
export interface SealedCookies {
  /** The `Set-Cookie` header with a sealed value. */
  seal(name: string, value: object, seconds?: number): Promise<string>;
  /** The `Set-Cookie` header that removes a cookie. */
  remove(name: string): string;
  /** The value of a cookie of the `Cookie` header; null where there is none, or none of ours. */
  open<Value>(name: string, header: string | undefined, schema: z.ZodType<Value>): Promise<Value | null>;
}

/**
 * Seals cookies by JWE with a key that is derived from `secret`. Over https they are bound to the host and sent over https
 * alone (`__Host-`); over http, on the sandbox, a browser would refuse that.
 */
export function createSealedCookies(secret: Secret, isSecure: boolean): SealedCookies {
  const key = new Uint8Array(hkdfSync("sha256", secret.reveal(), "", "sealed cookie", 32));
  const fullName = (name: string) => `${isSecure ? "__Host-" : ""}console-${name}`;
  const write = (name: string, value: string, maxAge?: number) =>
    stringifySetCookie({
      name: fullName(name),
      value,
      path: "/",
      httpOnly: true,
      secure: isSecure,
      sameSite: "lax",
      ...(maxAge === undefined ? {} : { maxAge }),
    });
  return {
    seal: async (name, value, seconds) => {
      const sealing = new EncryptJWT({ value }).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).setAudience(name);
      return write(name, await sealing.encrypt(key), seconds);
    },
    remove: (name) => write(name, "", 0),
    open: async (name, header = "", schema) => {
      const sealed = parseCookie(header)[fullName(name)];
      if (sealed === undefined) return null;
      try {
        const { payload } = await jwtDecrypt(sealed, key, { audience: name });
        return schema.safeParse(payload["value"]).data ?? null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
