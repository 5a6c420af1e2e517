import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Each of their files has a process to itself: they measure, or fill the machine, or wait for long, or start what the whole file uses. */
const apart = [
  "test/bench",
  "test/places",
  "test/sandbox/trying-out.test.ts",
  "test/crash/graceful-stop.test.ts",
  "test/crash/rolling-upgrade.test.ts",
];

/** What takes longest begins first, so that it does not run on alone at the end. */
const first = [
  "test/crash/graceful-stop",
  "test/crash",
  "test/crash/rolling-upgrade",
  "test/sandbox",
  "test/reconciliation",
  "test/console",
  "test/consumer",
  "test/api",
];

/**
 * Joins the tests of a folder into one file, whose tests run one after another: each file by itself would spend about a second
 * on loading what the last one had loaded. Answers what is to run; its names are in the order in which it is to begin.
 */
export async function joinFiles(files: readonly string[], directory: string): Promise<readonly string[]> {
  await mkdir(directory);
  const groups = Object.entries(Object.groupBy(files, findGroup)).toSorted(
    ([one], [other]) => place(one) - place(other),
  );
  return Promise.all(
    groups.map(async ([name, members = []], index) => {
      const file = path.join(directory, `${String(index).padStart(2, "0")}-${name.replaceAll("/", "-")}.test.mjs`);
      const imports = members.map((member) => `import ${JSON.stringify(pathToFileURL(member).href)};\n`);
      await writeFile(file, imports.join(""));
      return file;
    }),
  );
}

function findGroup(file: string): string {
  if (apart.some((name) => file.startsWith(name))) return file.replace(".test.ts", "");
  const [top = "", folder = ""] = file.split("/");
  return top === "test" ? `${top}/${folder}` : top;
}

function place(group: string): number {
  const found = first.indexOf(group);
  return found < 0 ? first.length : found;
}
