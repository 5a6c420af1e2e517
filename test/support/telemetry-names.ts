import { readFileSync } from "node:fs";
import path from "node:path";

const page = path.join(import.meta.dirname, "../../docs/telemetry.md");

/** The names in a column of the table of docs/telemetry.md that begins so. */
function listNames(heading: string, column: number): readonly string[] {
  const [, rest = ""] = readFileSync(page, "utf8").split(`\n| ${heading} |`);
  const [table = ""] = rest.split("\n\n");
  const cells = table
    .split("\n")
    .slice(2)
    .map((row) => row.split(" | ")[column] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

/** What telemetry is called, by its page. */
export const telemetryNames = {
  spans: listNames("Span", 0),
  events: listNames("Event", 0),
  metrics: listNames("On `/metrics`", 1),
};

/** The name on the page that this one is: itself, or one with a place for it, as `delete {queue}`. */
export function findListed(name: string, listed: readonly string[]): string | undefined {
  return listed.find((one) => one === name) ?? listed.find((one) => toPattern(one).test(name));
}

const placeholders: Readonly<Record<string, string>> = {
  method: "[A-Z]+",
  route: "/\\S*",
  eventType: "[\\w.-]+",
  queue: "[\\w.-]+",
};

function toPattern(listed: string): RegExp {
  return new RegExp(`^${listed.replaceAll(/\{(\w+)\}/g, (_, name: string) => placeholders[name] ?? "(?!)")}$`);
}
