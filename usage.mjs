// How a command is used, without running it: `--help` needs no installation.
import fs from "fs";
import path from "path";

/**
 * What the source of an npm script's command says of its use, or else what CONTRIBUTING.md says of the script. What the
 * source works out is shown as "…". Null where neither says anything.
 */
export function findUsage(root, script) {
  const read = (file) => (fs.existsSync(path.join(root, file)) ? fs.readFileSync(path.join(root, file), "utf8") : "");
  const line = JSON.parse(read("package.json") || "{}").scripts || {};
  const file = findSource(line[script] || "");
  const own = file && /^const usage = `([^`]+)`;$/m.exec(read(file));
  if (own) return { isWhole: own[1].indexOf("${") < 0, text: own[1].replace(/\$\{[^}]*\}/g, "…") };
  const row = new RegExp("^\\| `npm (?:run )?" + script + "` +\\| (.+?) +\\|$", "m").exec(read("CONTRIBUTING.md"));
  const call = script === "start" || script === "test" ? script : `run ${script}`;
  return row && { isWhole: true, text: `npm ${call}: ${row[1].replace(/`/g, "")}\n` };
}

function findSource(line) {
  const [, file = null, command] = /node (\S+\.ts)(?: ([a-z]+))?$/.exec(line) || [];
  return command === undefined ? file : `src/commands/${command}-command.ts`;
}
