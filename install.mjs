// Installs what package-lock.json names, where it is not there already. Every npm script begins with it, on whatever
// Node the machine has: plain JavaScript, nothing imported but Node itself.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(fileURLToPath(import.meta.url));
const leastMajor = 24;
const isProduction = process.env.NODE_ENV === "production";
const ownNode = path.join(root, "node_modules", ".bin", "node");

if (!isInstalled()) install();
checkNode();

function isInstalled() {
  const installed = readPackages(path.join(root, "node_modules", ".package-lock.json"));
  if (installed === null) return false;
  return Object.entries(readPackages(path.join(root, "package-lock.json")) ?? {}).every(
    ([name, entry]) => name === "" || !isWanted(entry) || installed[name]?.version === entry.version,
  );
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : null;
}

function isWanted({ dev, optional, devOptional, os, cpu, libc }) {
  if (isProduction) return !(dev || optional || devOptional);
  const fits = (list, value) => list !== undefined && [list].flat().includes(value);
  // What is optional and bound to no platform is needed only by something that is, perhaps on another one.
  return !optional || (fits(os, process.platform) && fits(cpu, process.arch) && libc === undefined);
}

function install() {
  process.stderr.write("Installing what package-lock.json names …\n");
  const scope = isProduction ? ["--omit=dev", "--omit=optional"] : ["--include=dev", "--include=optional"];
  const options = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", ["ci", ...scope, ...options], { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  const reason = error === undefined ? "see above. Is the npm registry in reach?" : error.message;
  process.stderr.write(`The installation failed: ${reason}\n`);
  process.exit(status ?? 1);
}

// Where the machine's Node is older, the lock file brings one along for linux-x64, and npm finds it first. Where that
// one does not run (another C library), it must not stand in the way of the machine's own.
function checkNode() {
  if (existsSync(ownNode)) {
    if (spawnSync(ownNode, ["--version"]).status === 0) return;
    rmSync(ownNode);
  }
  if (Number(process.versions.node.split(".")[0]) >= leastMajor) return;
  process.stderr.write(`Node ${leastMajor} or newer is needed here; this is ${process.version}.\n`);
  process.exit(1);
}
