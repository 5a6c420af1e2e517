import { z } from "zod";

/** The one body of every error. */
export const errorBodySchema = z
  .object({
    status: z.int().min(400).max(599),
    message: z.string().describe("For a person who uses the caller's pages"),
    userMessage: z.string().describe("The same as message"),
    developerMessage: z.string().describe("For an engineer of the caller"),
    fields: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe("What is wrong with a body, where it does not fit"),
  })
  .meta({ title: "ErrorBody" });

export type ErrorBody = Readonly<z.infer<typeof errorBodySchema>>;

/** What an error answer is made of. */
export interface ErrorAnswer {
  readonly status: number;
  /** For a person who uses the caller's pages; plain words. */
  readonly message: string;
  /** For an engineer of the caller; `message` by default. Never internals. */
  readonly developerMessage?: string;
  readonly fields?: readonly { readonly field: string; readonly message: string }[];
  readonly headers?: Readonly<Record<string, string>>;
  /** More was asked than is let in: refused by the thousand where anything is. */
  readonly isOverload?: true;
}

/** An answer that is not the one that was asked for, and on purpose so. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly answer: ErrorAnswer;

  /** `answer` is what the caller gets. */
  constructor(answer: ErrorAnswer) {
    super(answer.message);
    this.answer = answer;
  }
}

/** The body of an error answer. */
export function toErrorBody({ status, message, developerMessage = message, fields }: ErrorAnswer): ErrorBody {
  const body = { status, message, userMessage: message, developerMessage };
  return fields === undefined ? body : { ...body, fields: [...fields] };
}

/** No one can be answered now; `seconds` is when to ask again. Manage POM Cases does not repeat a 4xx. */
export function unavailable(message: string, seconds = 5): HttpError {
  return new HttpError({ status: 503, message, headers: { "retry-after": String(seconds) } });
}

/** More is asked at once than is let in. */
export function overloaded(message: string): HttpError {
  return new HttpError({ ...unavailable(message, 1).answer, isOverload: true });
}
