import { DependencyError, type Dependency } from "./dependency-error.ts";

/** Whose answer it is, and how many bytes of it are read at most. */
export interface BodyLimit {
  readonly dependency: Dependency;
  readonly bytes: number;
}

/** Reads the body of an answer as text. Raises `DependencyError` when it is longer than its limit (spec 6.2). */
export async function readCapped(
  body: AsyncIterable<Uint8Array> | null,
  { dependency, bytes }: BodyLimit,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > bytes) throw new DependencyError(dependency, "answer too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
