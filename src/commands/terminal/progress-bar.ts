import { counted } from "./counted.ts";

/** Where progress is shown. */
export interface Screen {
  readonly isTTY: boolean;
  write(text: string): unknown;
}

/** One line that shows how far a walk through the cases is. */
export interface ProgressBar {
  /** `lastOffender` is the key of the last case that is done. */
  show(step: string, cases: number, lastOffender: number): void;
  /** Leaves the line as it stands; what is written next begins a new one. */
  end(): void;
}

const barWidth = 30;
const toLineStart = "\r";
const eraseRest = "\u001B[K";

/** Draws a bar on a terminal, up to the highest key of a case; elsewhere nothing. */
export function drawProgress(screen: Screen, highest: number): ProgressBar {
  let isShown = false;
  return {
    show: (step, cases, lastOffender) => {
      if (!screen.isTTY) return;
      isShown = true;
      screen.write(
        `${toLineStart}${drawBar(lastOffender / Math.max(1, highest))} ${step}, ${counted(cases, "case")}${eraseRest}`,
      );
    },
    end: () => {
      if (isShown) screen.write("\n");
      isShown = false;
    },
  };
}

function drawBar(share: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return "#".repeat(done) + ".".repeat(barWidth - done);
}
