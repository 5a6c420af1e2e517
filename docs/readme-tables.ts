import { z } from "zod";
import { eventTable } from "../src/sync/events/event-table.ts";
import { alignRows, fillMarks, groupRows } from "./markdown-table.ts";
import { buildSilentApi } from "./openapi-document.ts";

/** The README with its tables of events and roles as the code has them. */
export async function fillReadme(text: string): Promise<string> {
  const events = fillMarks(text, { name: "events", rows: writeEvents() });
  return fillMarks(events, { name: "roles", rows: writeRoles(await listOperations()) });
}

function writeEvents(): readonly string[] {
  const rows = eventTable.map(({ eventType, sender, effect }) => [eventType, sender, effect] as const);
  const other = ["any other", "", "Is quarantined as `UnhandledEventType`."];
  return alignRows([["Event type", "Sent by", "What the service does"], ...groupRows(rows), other]);
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly roles: readonly string[];
}

const securitySchema = z.object({ security: z.array(z.record(z.string(), z.array(z.string()))) });
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), securitySchema)) });

async function listOperations(): Promise<readonly Operation[]> {
  const { web } = await buildSilentApi();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => web.close());
  await web.ready();
  return Object.entries(documentSchema.parse(web.swagger()).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      roles: security.flatMap((scheme) => Object.values(scheme).flat()),
    })),
  );
}

function writeRoles(operations: readonly Operation[]): readonly string[] {
  const groups = Map.groupBy(operations, ({ roles }) => roles.map((role) => `\`${role}\``).join(" or ") || "no token");
  const rows = [...groups].map(([roles, group]) => [roles, listPaths(group)]);
  return alignRows([["Role", "May call"], ...rows]);
}

/** The paths of operations, those below one path together: "`GET /operations`: `/messages`, `/waiting`". */
function listPaths(operations: readonly Operation[]): string {
  const groups = Map.groupBy(operations, ({ method, path }) => `${method} ${/^\/[^/]+/.exec(path)?.[0] ?? ""}`);
  const written = [...groups].flatMap(([start, group]) => {
    const paths = group.map(({ method, path }) => `${method} ${path}`);
    const below = paths.filter((path) => path !== start).map((path) => path.slice(start.length));
    const itself = paths.length > below.length ? [`\`${start}\``] : [];
    if (below.length === 1) return [...itself, `\`${start}${below.join("")}\``];
    return below.length === 0 ? itself : [...itself, `\`${start}\`: ${below.map((path) => `\`${path}\``).join(", ")}`];
  });
  return written.join("; ");
}
