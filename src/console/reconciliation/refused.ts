import { HttpError } from "../../platform/web/http-error.ts";

/** What a form came to that was refused, which its sender is told where it stood; raises what is no refusal. */
export function describeRefusal(error: unknown, location: string) {
  if (!(error instanceof HttpError)) throw error;
  const { message, fields = [] } = error.answer;
  const text = `${fields[0]?.message ?? message}.`;
  return { location, notice: { kind: "information", title: "Nothing was done", text } } as const;
}
