// Far more than anything that we read has. Parsing costs a stack of objects for each level.
const maxDepth = 64;

const [quote, backslash] = [0x22, 0x5c];
const isOpening = (sign: number) => sign === 0x5b || sign === 0x7b;
const isClosing = (sign: number) => sign === 0x5d || sign === 0x7d;

/**
 * Follows a text sign by sign, bytes of UTF-8 or UTF-16 units alike, and says after each whether it is JSON that is nested
 * too deeply to be parsed. A text that is not JSON is that by chance at most.
 */
export function followDepth(): (sign: number) => boolean {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return (sign) => {
    if (isEscaped) isEscaped = false;
    else if (isInString && sign === backslash) isEscaped = true;
    else if (sign === quote) isInString = !isInString;
    else if (!isInString && isOpening(sign)) depth += 1;
    else if (!isInString && isClosing(sign)) depth -= 1;
    return depth > maxDepth;
  };
}

/** Whether a text is JSON that is nested too deeply to be parsed. */
export function isNestedTooDeeply(text: string): boolean {
  const isTooDeep = followDepth();
  for (let at = 0; at < text.length; at += 1) if (isTooDeep(text.charCodeAt(at))) return true;
  return false;
}
