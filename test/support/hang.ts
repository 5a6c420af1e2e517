import path from "node:path";
import { afterEach } from "node:test";

// Loaded into each process of the tests. One that goes on long after its last test is kept alive by what a test has left,
// and the whole run would wait for it.

const limitMs = 5 * 60_000;

// The runner itself is no test.
if (process.env["NODE_TEST_CONTEXT"] !== undefined) watch();

function watch(): void {
  let last = "";
  const limit = setTimeout(() => {
    const file = path.relative(process.cwd(), process.argv[1] ?? "");
    process.stderr.write(`${file} hangs: for ${limitMs / 60_000} minutes no test has ended${last}.\n`);
    process.exit(1);
  }, limitMs);
  limit.unref();
  afterEach((context) => {
    last = ` after "${context.name}"`;
    limit.refresh();
  });
}
