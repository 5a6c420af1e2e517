import { open } from "node:fs/promises";
import { UsageError } from "./command-line.ts";

/** Where the lines of a report go. Dispose closes it. */
export interface ReportFile extends AsyncDisposable {
  write(line: string): Promise<void>;
}

const ownerOnly = 0o600;

/** Opens a file for lines about people, which only its owner may read; standard output where no file is named. */
export async function openReportFile(file: string | undefined): Promise<ReportFile> {
  if (file === undefined) {
    const write = (line: string) => Promise.resolve(void process.stdout.write(line));
    return { write, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const handle = await open(file, "w", ownerOnly).catch((error: unknown) => {
    throw new UsageError([
      `--to ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
    ]);
  });
  return {
    write: async (line) => void (await handle.write(line)),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
