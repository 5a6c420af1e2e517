/** Where text goes: how many columns it has, and whether it can be emphasised. */
export interface TextSurface {
  readonly width: number;
  readonly hasEmphasis: boolean;
}

/** A paragraph and how far it is set in; what is wrapped is set in by two more. */
export interface Paragraph {
  readonly text: string;
  readonly indent?: number;
  readonly isStrong?: boolean;
}

const minWidth = 20;

/** Sets paragraphs one below the other, broken at spaces where that is possible; an empty one is an empty line. */
export function setText(surface: TextSurface, paragraphs: readonly Paragraph[]): string {
  return paragraphs.map((paragraph) => setParagraph(surface, paragraph)).join("\n");
}

function setParagraph({ width, hasEmphasis }: TextSurface, { text, indent = 0, isStrong = false }: Paragraph): string {
  const lines = breakText(makeHarmless(text), Math.max(minWidth, width - indent));
  const emphasise = (line: string) => (hasEmphasis && isStrong ? `\u001B[1m${line}\u001B[22m` : line);
  return lines.map((line) => (line === "" ? "" : " ".repeat(indent) + emphasise(line))).join("\n");
}

// What is stored came from elsewhere: nothing in it commands a terminal.
function makeHarmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "\uFFFD");
}

function breakText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").flatMap((one) => splitWord(one, width - 2))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}

function splitWord(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return word.match(new RegExp(`.{1,${width}}`, "gsu")) ?? [word];
}
