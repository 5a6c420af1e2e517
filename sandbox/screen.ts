import type { WriteStream } from "node:tty";
import type { Terminal } from "./terminal.ts";

/** Where the sandbox says what it does. */
export interface Screen {
  /** As it is at this moment: windows change their size. */
  readonly terminal: () => Terminal;
  /** Writes whole lines. */
  readonly print: (text: string) => void;
  /** Shows what is being done until the next line; only on a terminal. */
  readonly progress: (text: string) => void;
  /** Takes what is shown of progress away. */
  readonly clear: () => void;
}

const pipedWidth = 110;
const widest = 160;
const eraseLine = "\r\u001B[2K";

/** Standard output as a screen: as wide as its terminal, and in colour unless NO_COLOR says no; plain when piped. */
export function openScreen(output: WriteStream): Screen {
  const { isTTY } = output;
  let isProgressing = false;
  const clear = () => {
    if (isProgressing) output.write(eraseLine);
    isProgressing = false;
  };
  return {
    terminal: () =>
      isTTY
        ? { width: Math.min(output.columns, widest), hasColour: output.hasColors() }
        : { width: pipedWidth, hasColour: false },
    print: (text) => {
      clear();
      output.write(`${text}\n`);
    },
    progress: (text) => {
      if (!isTTY) return;
      clear();
      output.write(text.slice(0, output.columns - 1));
      isProgressing = true;
    },
    clear,
  };
}
