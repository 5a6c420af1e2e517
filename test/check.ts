import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

// `npm run check`: everything that reads the source without running the service. The parts know nothing of each other, so
// they run side by side; what each one prints stays together.

const parts: Readonly<Record<string, readonly string[]>> = {
  format: ["oxfmt", "--check", "."],
  lint: ["oxlint", "--type-aware", "--deny-warnings"],
  types: ["tsc"],
  "dead code": ["knip"],
  "generated documents": ["node", "docs/documents.ts", "--check"],
  "house rules": ["node", "--test", "--test-isolation=none", "--test-reporter=dot", "test/architecture/*.test.ts"],
};

const isColourful = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

const codes = await Promise.all(Object.entries(parts).map(([name, command]) => check(name, command)));
process.exitCode = codes.find((code) => code !== 0) ?? 0;

/** Runs one part and prints what it wrote as soon as it ends. Answers its exit code. */
async function check(name: string, [program = "", ...words]: readonly string[]): Promise<number> {
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(isColourful ? { FORCE_COLOR: "1" } : {}) },
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject).once("close", (code) => resolve(code ?? 1));
  const [written, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  process.stdout.write(`${name}: ${code === 0 ? "passed" : "FAILED"}\n${code === 0 ? "" : written + errors}`);
  return code;
}
