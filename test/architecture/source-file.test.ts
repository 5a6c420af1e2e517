import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listSources, parseSource } from "./source-file.ts";

describe("reading the source", () => {
  it("fails where there is nothing to read", () => {
    assert.throws(() => listSources("srk", 1), /Only 0 files were found below srk/);
    assert.throws(() => parseSource("src/a.ts", "const = 1;"), /src\/a\.ts: /);
  });

  it("sees every way to take something from another module", () => {
    const text = `
      import { z, type ZodType } from "zod";
      import type { One } from "./one.ts";
      import { type Two } from "../b/two.ts";
      import * as three from "./three.ts";
      import "./four.ts";
      export { five } from "./five.ts";
      export type * from "./six.ts";
      const seven = () => import("./seven.ts");
      type Eight = import("./eight.ts").Eight;`;
    const { imports } = parseSource("src/a/file.ts", text);
    assert.deepEqual(
      imports.map(({ target, isType, values }) => [target, isType, ...values]),
      [
        ["zod", false, "z"],
        ["src/a/one.ts", true],
        ["src/b/two.ts", true],
        ["src/a/three.ts", false, "three"],
        ["src/a/four.ts", false],
        ["src/a/five.ts", false],
        ["src/a/six.ts", true],
        ["src/a/seven.ts", false],
        ["src/a/eight.ts", true],
      ],
    );
  });
});
