import type { FastifyInstance } from "fastify";
import { decodeStrictly } from "../process/strict-text.ts";
import { HttpError } from "./http-error.ts";
import { refusal } from "./web-error.ts";

/** Reads the JSON that callers send as UTF-8 and nothing else: a byte that cannot be read is a 400, and never replaced. */
export function readStrictJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    const text = readUtf8(bytes);
    if (text === null) done(new HttpError(refusal(400, "FST_ERR_CTP_INVALID_JSON_BODY")), undefined);
    else void parse(request, text, done);
  });
}

function readUtf8(bytes: Uint8Array): string | null {
  try {
    return decodeStrictly(bytes);
  } catch {
    return null;
  }
}
