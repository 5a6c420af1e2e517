import { spawn } from "node:child_process";
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
  return {
    folder,
    start: (words, environment) => startProcess(node, words, { folder, environment }),
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

interface Running {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

function startProcess(node: string, words: readonly string[], { folder, environment }: Running): ImageProcess {
  const user = userId() === 0 ? { uid: imageUser, gid: imageUser } : {};
  const env = { HOME: "/", NODE_ENV: "production", ...environment };
  const child = spawn(node, words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], ...user });
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
