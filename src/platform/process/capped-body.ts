import { DependencyError, type Dependency } from "./dependency-error.ts";

/** Whose answer it is, and how many bytes of it are read at most. */
export interface BodyLimit {
  readonly dependency: Dependency;
  readonly bytes: number;
}

// Far more than any answer that we read has. Parsing costs a stack of objects for each level.
const maxDepth = 64;

/**
 * Reads the body of an answer as text. Raises `DependencyError` when it is longer than its limit, not UTF-8, or JSON that is nested
 * so deeply that parsing it would hold up everything else (spec 6.2).
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  { dependency, bytes }: BodyLimit,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const isTooDeep = followDepth();
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > bytes) throw new DependencyError(dependency, "answer too large");
    if (isTooDeep(chunk)) throw new DependencyError(dependency, "answer nested too deeply");
    chunks.push(chunk);
  }
  try {
    return decodeStrictly(Buffer.concat(chunks));
  } catch (error) {
    throw new DependencyError(dependency, "answer is not UTF-8", error);
  }
}

/** Bytes as UTF-8 text. Raises where they are not: replacing what cannot be read would write a wrong name into Delius. */
export function decodeStrictly(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

type Sign = number | undefined;
const [quote, backslash] = [0x22, 0x5c];
const isOpening = (sign: Sign) => sign === 0x5b || sign === 0x7b;
const isClosing = (sign: Sign) => sign === 0x5d || sign === 0x7d;

/** Says of each next part of a text whether it takes JSON beyond the depth. A text that is not JSON does so by chance at most. */
function followDepth(): (chunk: Uint8Array) => boolean {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  const read = (sign: Sign) => {
    if (isEscaped) isEscaped = false;
    else if (isInString && sign === backslash) isEscaped = true;
    else if (sign === quote) isInString = !isInString;
    else if (isInString) return;
    else if (isOpening(sign)) depth += 1;
    else if (isClosing(sign)) depth -= 1;
  };
  return (chunk) => {
    // By index: going through bytes by `of` takes five times as long.
    for (let at = 0; at < chunk.length; at += 1) {
      read(chunk[at]);
      if (depth > maxDepth) return true;
    }
    return false;
  };
}
