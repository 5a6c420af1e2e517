import { parseArgs } from "node:util";

// Stands in for curl where documents call it: the options that they use, and no others.
if (import.meta.main) await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      silent: { type: "boolean", short: "s" },
      user: { type: "string", short: "u" },
      header: { type: "string", short: "H", multiple: true },
      data: { type: "string", short: "d" },
    },
  });
  const [address = "", ...others] = positionals;
  if (others.length > 0) throw new Error(`One address at a time: ${others.join(" ")}`);
  const { user, header = [], data } = values;
  const headers = new Headers(header.map(readHeader));
  if (user !== undefined) headers.set("authorization", `Basic ${Buffer.from(user).toString("base64")}`);
  if (data !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/x-www-form-urlencoded");
  }
  const response = await fetch(address, { headers, ...(data === undefined ? {} : { method: "POST", body: data }) });
  process.stdout.write(await response.text());
}

function readHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
