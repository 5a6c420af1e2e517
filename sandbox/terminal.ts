import { styleText } from "node:util";

/** Where text goes: how many columns it has, and whether colour is wanted. */
export interface Terminal {
  readonly width: number;
  readonly hasColour: boolean;
}

/** What a piece of text means; see {@link paint}. */
export type Tone = "strong" | "faint" | "good" | "notable" | "bad" | "plain";

/** A line of text with one meaning. */
export interface Line {
  readonly text: string;
  readonly tone?: Tone;
  /** How far wrapped text is set in, so that it stands apart from the next line's beginning. */
  readonly hanging?: number;
}

/** A column of a table; `share` is its part of the width that the fixed columns leave. */
export type Column = { readonly title: string } & ({ readonly width: number } | { readonly share: number });

const styles = {
  strong: "bold",
  faint: "dim",
  good: "green",
  notable: "yellow",
  bad: "red",
  plain: "reset",
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

const gap = 2;
/** Below this width columns become too narrow to read: their cells stand one under another. */
export const narrowest = 80;

/** Gives text the colour of its meaning, where colour is wanted. */
export function paint(terminal: Terminal, text: string, tone: Tone = "plain"): string {
  if (!terminal.hasColour || tone === "plain" || text.trim() === "") return text;
  return styleText(styles[tone], text, { validateStream: false });
}

/** Breaks text into lines of at most `width`, at spaces where it can, else after `.`, `/` or `-`, else anywhere. */
export function wrap({ text, hanging = 0 }: Pick<Line, "text" | "hanging">, width: number): readonly string[] {
  const pieces = text.split(/(?<= )/).flatMap((word) => splitWord(word, width - hanging));
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && (last + piece).trimEnd().length <= width) lines[lines.length - 1] = last + piece;
    else lines.push(lines.length === 0 ? piece : " ".repeat(hanging) + piece);
  }
  return lines.map((line) => line.trimEnd());
}

function splitWord(word: string, width: number): readonly string[] {
  if (word.trimEnd().length <= width) return [word];
  return word.split(/(?<=[./-])/).flatMap((part) => part.match(new RegExp(`.{1,${Math.max(1, width)}}`, "g")) ?? []);
}

/** A line across the whole width. */
export function rule(terminal: Terminal): string {
  return paint(terminal, "─".repeat(terminal.width), "faint");
}

/** A table as text: cells hold lines, rows are parted by rules. Where it is too narrow, cells stand one under another. */
export function renderTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly (readonly Line[])[])[],
): string {
  const isNarrow = terminal.width < narrowest;
  const render = isNarrow ? renderStacked : renderBeside;
  return rows
    .flatMap((row) => [render(terminal, columns, row), rule(terminal)])
    .toSpliced(0, 0, ...(isNarrow ? [rule(terminal)] : [renderTitles(terminal, columns), rule(terminal)]))
    .join("\n");
}

function renderTitles(terminal: Terminal, columns: readonly Column[]): string {
  const titles = columns.map(({ title }) => [{ text: title, tone: "strong" as const }]);
  return renderBeside(terminal, columns, titles);
}

type Row = readonly (readonly Line[])[];

function renderStacked(terminal: Terminal, _columns: readonly Column[], row: Row): string {
  return row
    .flat()
    .flatMap((line) => wrap(line, terminal.width).map((text) => paint(terminal, text, line.tone)))
    .join("\n");
}

function renderBeside(terminal: Terminal, columns: readonly Column[], row: Row): string {
  const widths = findWidths(terminal, columns);
  const cells = widths.map((width, index) =>
    (row[index] ?? []).flatMap(({ tone, ...line }) => wrap(line, width).map((text) => ({ text, tone }))),
  );
  const height = Math.max(...cells.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, place) =>
    cells
      .map((cell, index) => {
        const { text, tone } = cell[place] ?? { text: "", tone: undefined };
        return paint(terminal, text, tone) + " ".repeat((widths[index] ?? 0) - text.length + gap);
      })
      .join("")
      .trimEnd(),
  );
  return lines.join("\n");
}

function findWidths({ width }: Terminal, columns: readonly Column[]): readonly number[] {
  const fixed = columns.reduce((sum, column) => sum + ("width" in column ? column.width : 0), 0);
  const shares = columns.reduce((sum, column) => sum + ("share" in column ? column.share : 0), 0);
  const left = width - fixed - gap * (columns.length - 1);
  return columns.map((column) => ("width" in column ? column.width : Math.floor((left * column.share) / shares)));
}
