import { DependencyError, type Dependency } from "./dependency-error.ts";
import { followDepth } from "./json-depth.ts";

/** Whose answer it is, and how many bytes of it are read at most. */
export interface BodyLimit {
  readonly dependency: Dependency;
  readonly bytes: number;
}

/**
 * Reads the body of an answer as text. Raises `DependencyError` when it is longer than its limit, not UTF-8, or JSON that is nested
 * so deeply that parsing it would hold up everything else.
 */
export async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  { dependency, bytes }: BodyLimit,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const isTooDeep = followParts();
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

/** Says of each next part of a text whether it takes JSON beyond the depth that is parsed. */
function followParts(): (chunk: Uint8Array) => boolean {
  const isTooDeep = followDepth();
  return (chunk) => {
    // By index: going through bytes by `of` takes five times as long.
    for (let at = 0; at < chunk.length; at += 1) if (isTooDeep(chunk[at] ?? 0)) return true;
    return false;
  };
}
