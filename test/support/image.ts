import { spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { chmodSync, copyFileSync, globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { assembleImage } from "../../deploy/image/assemble.ts";
import { canServerEnter, userId } from "../../sandbox/server-user.ts";

/** What the image holds, in a folder of this machine. Dispose removes it. */
export interface AssembledImage extends AsyncDisposable {
  readonly folder: string;
  /** Whether its processes see it, and all beside it, on mounts that root itself cannot write: where we are root and may mount. */
  readonly isReadOnly: boolean;
  /** Starts a file of it as the image does: as another user where we are root, on this environment and nothing else. */
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

/** The user that the image runs as. */
const imageUser = 2000;

/** Assembles it. */
export async function openImage(): Promise<AssembledImage> {
  const place = await mkdtemp(path.join(tmpdir(), "image-"));
  await chmod(place, 0o755);
  const folder = path.join(place, "app");
  assembleImage(folder);
  const node = await findNode(place);
  const isReadOnly = canMount(folder);
  return {
    folder,
    isReadOnly,
    start: (words, environment) => startProcess([node, ...words], { folder, environment, isReadOnly }),
    [Symbol.asyncDispose]: async () => {
      // Its folders may be written by no one, and so not emptied.
      globSync("**/", { cwd: place }).forEach((one) => chmodSync(path.join(place, one), 0o755));
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Another user may not be let into the folder of our Node. */
async function findNode(place: string): Promise<string> {
  if (await canServerEnter(path.dirname(process.execPath))) return process.execPath;
  const copy = path.join(place, "node");
  copyFileSync(process.execPath, copy);
  return copy;
}

/** In a namespace of its own: this machine's mounts stay as they are. What is written to stands on a mount of its own, `/dev`. */
const mountReadOnly = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount -o remount,bind,ro / && cd "$1" && shift &&
  exec setpriv --reuid=${imageUser} --regid=${imageUser} --clear-groups -- "$@"`;

function onReadOnlyMount(folder: string, command: readonly string[]): readonly string[] {
  return ["unshare", "--mount", "sh", "-c", mountReadOnly, "sh", folder, ...command];
}

function canMount(folder: string): boolean {
  if (userId() !== 0) return false;
  const [program = "", ...words] = onReadOnlyMount(folder, ["true"]);
  return spawnSync(program, words).status === 0;
}

interface Running {
  readonly folder: string;
  readonly isReadOnly: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

function startProcess(command: readonly string[], { folder, environment, isReadOnly }: Running): ImageProcess {
  const user = userId() === 0 && !isReadOnly ? { uid: imageUser, gid: imageUser } : {};
  const env = { HOME: "/", NODE_ENV: "production", ...environment };
  const [program = "", ...words] = isReadOnly ? onReadOnlyMount(folder, command) : command;
  const child = spawn(program, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], ...user });
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
