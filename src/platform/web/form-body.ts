import type { FastifyInstance } from "fastify";
import { decodeStrictly } from "../process/strict-text.ts";
import { HttpError } from "./http-error.ts";
import { refusal } from "./web-error.ts";

/**
 * Reads the forms that browsers send: a field that comes several times becomes a list. A byte that is not UTF-8, as it stands or
 * percent-encoded, is a 400, and never replaced.
 */
export function readStrictForms(app: FastifyInstance): void {
  const type = "application/x-www-form-urlencoded";
  app.addContentTypeParser<Buffer>(type, { parseAs: "buffer" }, (_request, bytes, done) => {
    try {
      done(null, readFields(decodeStrictly(bytes)));
    } catch {
      done(new HttpError(refusal(400)), undefined);
    }
  });
}

function readFields(text: string): Readonly<Record<string, string | readonly string[]>> {
  const pairs = text.split("&").filter((pair) => pair !== "");
  const fields = pairs.map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [decode(name), decode(value.join("="))] as const;
  });
  const groups = Map.groupBy(fields, ([name]) => name);
  return Object.fromEntries(
    Array.from(groups, ([name, group]) => {
      const values = group.map(([, value]) => value);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

function decode(part: string): string {
  return decodeURIComponent(part.replaceAll("+", " "));
}
