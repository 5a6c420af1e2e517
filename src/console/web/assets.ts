import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { locatePackage } from "./templates.ts";

/** A file that pages refer to. */
export interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

/** The files that pages refer to, by name; their path changes with their content, so browsers keep them for good. */
export interface Assets {
  readonly path: string;
  readonly files: ReadonlyMap<string, Asset>;
}

/** Reads and compresses them once: two style sheets of others and ours in one file, and what little script there is. */
export async function loadAssets(): Promise<Assets> {
  const govuk = path.join(locatePackage("govuk-frontend"), "dist/govuk");
  const justice = path.join(locatePackage("@ministryofjustice/frontend"), "moj");
  const own = import.meta.dirname;
  const styles = await Promise.all(
    [
      path.join(govuk, "govuk-frontend.min.css"),
      path.join(justice, "moj-frontend.min.css"),
      path.join(own, "console.css"),
    ].map(readText),
  );
  const [components, enhancements] = await Promise.all(
    [path.join(govuk, "govuk-frontend.min.js"), path.join(own, "enhancements.js")].map(readText),
  );
  const texts = {
    "console.css": withoutFont(styles.join("\n")),
    "govuk-frontend.min.js": components ?? "",
    "enhancements.js": enhancements ?? "",
  };
  const version = createHash("sha256").update(Object.values(texts).join("\n")).digest("hex").slice(0, 12);
  const files = Object.entries(texts).map(([name, text]) => [name, toAsset(name, text)] as const);
  return { path: `/console/assets/${version}`, files: new Map(files) };
}

async function readText(file: string): Promise<string> {
  return (await readFile(file, "utf8")).replaceAll(/^(?:\/\*# source|\/\/# source).*$/gm, "");
}

/** GDS Transport may be used on gov.uk alone: the system's font takes its place. */
function withoutFont(styles: string): string {
  return styles.replaceAll(/@font-face\s*\{[^}]*\}/g, "").replaceAll(/"?GDS Transport"?\s*,\s*/g, "");
}

function toAsset(name: string, text: string): Asset {
  const plain = Buffer.from(text);
  const type = name.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
  return { type, plain, compressed: gzipSync(plain, { level: 9 }) };
}
