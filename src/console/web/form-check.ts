import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { HttpError } from "../../platform/web/http-error.ts";
import type { FormTokens } from "./form-token.ts";
import type { Session } from "../session/session.ts";

/** What forms are checked by. */
export interface FormChecks {
  readonly tokens: FormTokens;
  /** The console's own, as browsers see it. */
  readonly origin: string;
}

const foreignForm = "This form did not come from a page of your session";
const bodySchema = z.object({ form: z.string() });

/**
 * The id of a form that was sent from a page of ours in this session. Raises a 403 for any other: browsers name the page's
 * origin with every form, and only we can write the form's mark.
 */
export function requireForm({ tokens, origin }: FormChecks, request: FastifyRequest, session: Session): string {
  const isOurs = request.headers.origin === origin;
  const { data } = bodySchema.safeParse(request.body);
  const formId = isOurs ? tokens.read(session.id, data?.form) : null;
  if (formId === null) throw new HttpError({ status: 403, message: foreignForm });
  return formId;
}
