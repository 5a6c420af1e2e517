import type { Row, Snapshot, Value } from "./delius-rows.ts";

/** What became of the rows of each table, by the row's name: columns of an added one, before and after of a changed one. */
export type Changes = Readonly<Record<string, Readonly<Record<string, Row>>>>;

/** Says how a value is told; see `told-times.ts`. */
export type Tell = (value: Value, column?: string) => Value;

/** Every difference between two snapshots; tables and rows that stayed as they were are not in it. */
export function describeChanges(before: Snapshot, after: Snapshot, tell: Tell): Changes {
  const changes = Object.keys(after).map((table) => {
    const [earlier, later] = [before[table] ?? {}, after[table] ?? {}];
    const names = [...Object.keys(earlier), ...Object.keys(later).filter((name) => !(name in earlier))];
    const rows = names.flatMap((name) => describeRow(name, [earlier[name], later[name]], tell));
    return [table, Object.fromEntries(rows)] as const;
  });
  return Object.fromEntries(changes.filter(([, rows]) => Object.keys(rows).length > 0));
}

function describeRow(
  name: string,
  [before, after]: readonly [Row | undefined, Row | undefined],
  tell: Tell,
): readonly (readonly [string, Row])[] {
  if (before === undefined) return after === undefined ? [] : [[`${name}: added`, messagesRow(after, tell)]];
  if (after === undefined) return [[`${name}: removed`, {}]];
  const changed = Object.keys(after).filter((column) => before[column] !== after[column]);
  if (changed.length === 0) return [];
  const told = changed.map((column) => {
    const [from, to] = [before, after].map((row) => tell(row[column] ?? null, column));
    return [column, `${String(from ?? "nothing")} → ${String(to ?? "nothing")}`];
  });
  return [[`${name}: changed`, Object.fromEntries(told)]];
}

// When a row was added and by whom says the same in four columns, if all is as it has to be.
function messagesRow(row: Row, tell: Tell): Row {
  const told = Object.fromEntries(Object.entries(row).map(([column, value]) => [column, tell(value, column)]));
  const {
    created_datetime: created,
    created_by_user_id: creator,
    last_updated_datetime: updated,
    last_updated_user_id: updater,
    ...rest
  } = told;
  const isUniform = created !== undefined && creator !== undefined && created === updated && creator === updater;
  return isUniform ? { ...rest, created: `${String(created)} by ${String(creator)}` } : told;
}

/** How many rows of Delius's own tables are among the changes. */
export function countRows(changes: Changes): number {
  const delius = Object.entries(changes).filter(([table]) => !table.startsWith("mpc_delius."));
  return delius.reduce((count, [, rows]) => count + Object.keys(rows).length, 0);
}
