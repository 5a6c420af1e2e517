import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../platform/process/secret.ts";

/** Marks of forms: each proves that it was written for this session, and names the form, so that it is taken once. */
export interface FormTokens {
  /** A mark for one form of one page. */
  write(sessionId: string): string;
  /** The form's id; null for what was not written for this session. */
  read(sessionId: string, token: unknown): string | null;
}

/** Marks by HMAC: nothing has to be stored until a form comes back. */
export function createFormTokens(secret: Secret): FormTokens {
  const key = new Uint8Array(hkdfSync("sha256", secret.reveal(), "", "form token", 32));
  const sign = (sessionId: string, formId: string) =>
    createHmac("sha256", key).update(`${sessionId} ${formId}`).digest("base64url");
  return {
    write: (sessionId) => {
      const formId = randomUUID();
      return `${formId}.${sign(sessionId, formId)}`;
    },
    read: (sessionId, token) => {
      const [formId = "", given = ""] = typeof token === "string" ? token.split(".") : [];
      const [right, actual] = [sign(sessionId, formId), given].map((text) => Buffer.from(text));
      const isRight = right !== undefined && actual?.length === right.length && timingSafeEqual(right, actual);
      return isRight ? formId : null;
    },
  };
}
