import { parseArgs } from "node:util";
import { callers } from "./credentials.ts";
import { fetchToken, useSandbox } from "./running-sandbox.ts";
import { openScreen } from "./screen.ts";
import { isPurpose, renderStatus } from "./status.ts";

const purposes = Object.keys(callers).join(", ");
const usage = `Usage: npm run status [-- --token <for>]

Shows the sandbox that runs: the last messages, a token for each role, the addresses, and what to try next.

  --token <for>  print one token and nothing else; for: ${purposes}
  --help         show this text
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null || options.help) {
    (options === null ? process.stderr : process.stdout).write(usage);
    return options === null ? 2 : 0;
  }
  const { token } = options;
  return useSandbox(process.env, async (parts) => {
    const screen = openScreen(process.stdout);
    screen.print(
      token === undefined ? await renderStatus(screen.terminal(), parts) : (await fetchToken(parts, token)).text,
    );
    return 0;
  });
}

function readOptions(args: readonly string[]) {
  const options = { token: { type: "string" }, help: { type: "boolean", default: false } } as const;
  try {
    const { token, help } = parseArgs({ args: [...args], options }).values;
    if (token === undefined) return { help };
    if (isPurpose(token)) return { help, token };
    process.stderr.write(`--token is for one of: ${purposes}.\n\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n`);
  }
  return null;
}
