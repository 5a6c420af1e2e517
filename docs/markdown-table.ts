/** Rows of a Markdown table, the first being its heading; each column is as wide as its widest cell. */
export function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
  const [heading = []] = rows;
  const widths = heading.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const write = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [first = "", ...others] = rows.map((row) => write(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [first, write(widths.map((width) => "-".repeat(width))), ...others];
}

/** Rows with one list of names in front: what is said of several names alike stands once. */
export function groupRows(rows: readonly (readonly [name: string, ...cells: string[]])[]): readonly string[][] {
  const groups = Map.groupBy(rows, ([, ...cells]) => JSON.stringify(cells));
  return [...groups.values()].map((group) => [
    group.map(([name]) => `\`${name}\``).join(", "),
    ...(group[0]?.slice(1) ?? []),
  ]);
}

/** Puts rows between the two marks of a document written by hand. Raises when it has no such marks. */
export function fillMarks(text: string, { name, rows }: { readonly name: string; readonly rows: readonly string[] }) {
  const begin = `<!-- ${name}: written by npm run docs -->`;
  const end = `<!-- end of ${name} -->`;
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`There is no table between "${begin}" and "${end}".`);
  return `${text.slice(0, before + begin.length)}\n\n${rows.join("\n")}\n\n${text.slice(after)}`;
}
