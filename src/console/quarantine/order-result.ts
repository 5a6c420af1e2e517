import type { OrderAnswer, OrderName } from "../../operations/quarantine/quarantine-schema.ts";
import { displayCount } from "../web/display.ts";
import { writeAddress } from "../web/navigation.ts";

const done = {
  replay: "ordered to be replayed",
  discard: "discarded",
  restore: "held again",
  cancel: "not replayed after all",
} as const;

/** Where an order leads and what is said there: to its own page with the result of each message, or back to the list. */
export function describeResult(name: OrderName, { results, action }: OrderAnswer, from: string) {
  const refused = results.filter(({ result }) => result === "refused");
  if (action === undefined) {
    const why = [...new Set(refused.flatMap(({ message }) => message ?? []))].join(". ");
    const text = `${why}. Someone else may have been quicker.`;
    return { location: from, notice: { kind: "information" as const, title: "Nothing was changed", text } };
  }
  const count = results.length - refused.length;
  const rest = refused.length === 0 ? "" : ` ${displayCount(refused.length, "message")} could not be: see below why.`;
  const title = `${displayCount(count, "message")} ${done[name]}`;
  const text = `The result of each is below, and stays under Actions.${rest}`;
  return {
    location: writeAddress(`/console/actions/${action}`, { from }),
    notice: { kind: "success" as const, title, text },
  };
}
