import { spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { chmodSync, globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { assembleImage } from "../../deploy/image/assemble.ts";
import { userId } from "../../sandbox/server-user.ts";

/** The image's file tree, in a folder of this machine. Dispose removes it. */
export interface AssembledImage extends AsyncDisposable {
  readonly folder: string;
  /** The files of it, below that folder, before anything was started. */
  readonly files: readonly string[];
  /** Whether its processes see it alone, as their read-only root: where we are root on Linux and may mount. */
  readonly isRoot: boolean;
  /** Starts its Node as the image does: as another user where we are root, on this environment and nothing else. */
  start(words: readonly string[], environment: Readonly<Record<string, string>>): ImageProcess;
}

/** A process of the image. Dispose kills it. */
export interface ImageProcess extends AsyncDisposable {
  /** Everything that it wrote, line by line. */
  readonly lines: readonly string[];
  /** Waits for a line that holds this text. */
  line(text: string): Promise<string>;
  /** Its exit code; null after a signal that it did not hear. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** Where the image tells Node to find its code compiled. */
export const compiledCode = { NODE_COMPILE_CACHE: "/app/compile-cache", NODE_COMPILE_CACHE_PORTABLE: "1" };

/** The user that the image runs as. */
const imageUser = 2000;
const unshare = "unshare";

/** Assembles it. */
export async function openImage(): Promise<AssembledImage> {
  const place = await mkdtemp(path.join(tmpdir(), "image-"));
  await chmod(place, 0o755);
  const folder = path.join(place, "root");
  assembleImage(folder);
  const found = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const isRoot = canBeRoot(folder);
  return {
    folder,
    files: found.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).toSorted(),
    isRoot,
    start: (words, environment) => startProcess(words, { folder, environment, isRoot }),
    [Symbol.asyncDispose]: async () => {
      // Its folders may be written by no one, and so not emptied.
      globSync("**/", { cwd: place }).forEach((one) => chmodSync(path.join(place, one), 0o755));
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Files that an engine puts into each container. */
const givenFiles = ["/dev/null", "/dev/urandom", "/etc/hosts", "/etc/resolv.conf"];

/** What an engine does, in a namespace of its own: this machine's mounts stay as they are, and nothing else of it can be seen. */
const enterRoot = `root=$1
  mount --bind "$root" "$root"
  while shift; [ "$1" != -- ]; do
    mkdir -p "$root\${1%/*}"
    touch "$root$1"
    mount --bind "$1" "$root$1"
  done
  mkdir -p "$root/proc" "$root/sys"
  mount --rbind /proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -o remount,bind,ro "$root"
  shift
  exec unshare --root="$root" --wd=/app --setgid=${imageUser} --setuid=${imageUser} -- /usr/local/bin/node "$@"`;

function enter(folder: string, words: readonly string[], given: readonly string[]): readonly string[] {
  return [unshare, "--mount", "sh", "-ec", enterRoot, "sh", folder, ...givenFiles, ...given, "--", ...words];
}

/** By a root that is whole: were the image's asked for, one that lacks something would look like a missing right. */
function canBeRoot(folder: string): boolean {
  if (process.platform !== "linux" || userId() !== 0) return false;
  const attempt = `mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; exec unshare --root=/ true`;
  const [program, ...rest] = [unshare, "--mount", "sh", "-ec", attempt, folder];
  return spawnSync(program, rest).status === 0;
}

interface Running {
  readonly folder: string;
  readonly isRoot: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

function startProcess(words: readonly string[], { folder, environment, isRoot }: Running): ImageProcess {
  const { NODE_EXTRA_CA_CERTS: authority } = environment;
  const compiled = isRoot ? {} : { NODE_COMPILE_CACHE: path.join(folder, compiledCode.NODE_COMPILE_CACHE) };
  const env = { HOME: "/", NODE_ENV: "production", ...compiledCode, ...compiled, ...environment };
  const user = userId() === 0 && !isRoot ? { uid: imageUser, gid: imageUser } : {};
  // Another user may not be let into the folder of our Node; elsewhere a copy of Node may not run.
  const node = userId() === 0 ? path.join(folder, "usr/local/bin/node") : process.execPath;
  const given = authority === undefined ? [] : [authority];
  const [program = "", ...rest] = isRoot ? enter(folder, words, given) : [node, ...words];
  const child = spawn(program, rest, {
    cwd: path.join(folder, "app"),
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  const lines: string[] = [];
  const news = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      news.emit("line");
    });
  }
  const ended = once(child, "close").then(() => child.exitCode);
  void ended.then(() => news.emit("line"));
  return {
    lines,
    ended,
    line: async (text) => {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`It ended before it wrote ${text}:\n${lines.join("\n")}`);
        await once(news, "line");
      }
    },
    signal: (name) => void child.kill(name),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
