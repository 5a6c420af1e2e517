import type { ServerResponse } from "node:http";
import { overloaded } from "./http-error.ts";

/** Counts the requests in work of each name. Raises a 503 for one more than `max`. */
export function limitShares(max: number): (name: string, response: ServerResponse) => void {
  const counts = new Map<string, number>();
  const count = (name: string, step: number) => {
    const now = (counts.get(name) ?? 0) + step;
    if (now === 0) counts.delete(name);
    else counts.set(name, now);
  };
  return (name, response) => {
    if ((counts.get(name) ?? 0) >= max) throw overloaded("The service is busy");
    count(name, 1);
    response.once("close", () => count(name, -1));
  };
}
