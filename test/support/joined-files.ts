import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Their tests start, kill and measure processes: each file has one to itself. */
const apart = ["test/bench", "test/crash", "test/places", "test/sandbox"];

/**
 * Joins the tests of a folder into one file, whose tests run one after another: each file by itself would spend about a second
 * on loading what the last one had loaded. Answers what is to run: the joined files, and those that stay by themselves.
 */
export async function joinFiles(files: readonly string[], directory: string): Promise<readonly string[]> {
  await mkdir(directory);
  const groups = Object.entries(Object.groupBy(files, (file) => findGroup(file)));
  return Promise.all(
    groups.map(async ([name, members = []]) => {
      if (members.length === 1) return members[0] ?? name;
      const file = path.join(directory, `${name.replaceAll("/", "-")}.test.mjs`);
      const imports = members.map((member) => `import ${JSON.stringify(pathToFileURL(member).href)};\n`);
      await writeFile(file, imports.join(""));
      return file;
    }),
  );
}

function findGroup(file: string): string {
  const [top = "", folder = ""] = file.split("/");
  const group = top === "test" ? `${top}/${folder}` : top;
  return apart.includes(group) ? file : group;
}
