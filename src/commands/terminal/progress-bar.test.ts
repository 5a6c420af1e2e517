import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawProgress } from "./progress-bar.ts";

function screenOf(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe("a progress bar", () => {
  it("redraws one line on a terminal, and leaves it when it ends", () => {
    const screen = screenOf(true);
    const bar = drawProgress(screen, 200);
    bar.show("comparing", 40, 100);
    bar.show("reading again", 3, 900);
    bar.end();
    bar.end();
    assert.deepEqual(screen.written, [
      `\r${"#".repeat(15)}${".".repeat(15)} comparing, 40 cases\u001B[K`,
      `\r${"#".repeat(30)} reading again, 3 cases\u001B[K`,
      "\n",
    ]);
  });

  it("writes nothing where nothing was shown, or where no one looks", () => {
    const terminal = screenOf(true);
    drawProgress(terminal, 0).end();
    const file = screenOf(false);
    const bar = drawProgress(file, 10);
    bar.show("sent", 5, 10);
    bar.end();
    assert.deepEqual([terminal.written, file.written], [[], []]);
  });
});
