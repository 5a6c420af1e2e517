const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes as UTF-8 text. Raises where they are not: replacing what cannot be read would write a wrong name into Delius. */
export const decodeStrictly: (bytes: Uint8Array) => string = utf8.decode.bind(utf8);

// Far more than anything that we read has. Parsing costs a stack of objects for each level.
const maxDepth = 64;

const [quote, backslash] = [0x22, 0x5c];
/** How `[`, `{`, `]` and `}` outside a string change the depth. */
const steps: Readonly<Record<number, number>> = { 0x5b: 1, 0x7b: 1, 0x5d: -1, 0x7d: -1 };

/**
 * Follows a text of UTF-8 part by part, and says of each part whether it takes JSON beyond the depth that is parsed. A
 * text that is not JSON is too deep by chance at most.
 */
export function followDepth(): (part: Uint8Array) => boolean {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return (part) => {
    // By index: going through bytes by `of` takes five times as long.
    for (let at = 0; at < part.length; at += 1) {
      const sign = part[at] ?? 0;
      if (isEscaped) isEscaped = false;
      else if (isInString && sign === backslash) isEscaped = true;
      else if (sign === quote) isInString = !isInString;
      else if (!isInString) depth += steps[sign] ?? 0;
      if (depth > maxDepth) return true;
    }
    return false;
  };
}

/** What {@link parseJson} answers for a text that is not JSON. */
export const notJson = Symbol("not JSON");
/** What {@link parseJson} answers for JSON that is nested too deeply to be parsed. */
export const tooDeep = Symbol("nested too deeply");

/** What a text of others says as JSON. Never raises: for what cannot be parsed it answers a symbol, which fits no schema. */
export function parseJson(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  if (followDepth()(Buffer.from(text))) return tooDeep;
  try {
    return parse(text);
  } catch {
    return notJson;
  }
}
