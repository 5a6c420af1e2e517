import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { UnfitPlace } from "./unfit-place.ts";

const nobody = 65534;
const othersMayEnter = 0o001;

/** Whom a program of PostgreSQL runs as; empty for the user that we are. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** The user that this process runs as; 0 is root. */
export function userId(): number {
  return process.getuid?.() ?? -1;
}

/** PostgreSQL refuses root: for root it runs as the owner of the data, `nobody` at first. */
export async function findServerUser(directory: string): Promise<ServerUser> {
  if (userId() !== 0) return {};
  const found = await stat(directory).catch(() => null);
  if (found === null || found.uid === 0) return { uid: nobody, gid: nobody };
  return { uid: found.uid, gid: found.gid };
}

/** Whether the user that PostgreSQL runs as can enter a folder, or could once it is made. */
export async function canServerEnter(directory: string): Promise<boolean> {
  return userId() !== 0 || (await isOpenToAll(directory));
}

async function isOpenToAll(directory: string): Promise<boolean> {
  const parent = path.dirname(directory);
  const found = await stat(directory).catch(() => null);
  if (found !== null && (found.mode & othersMayEnter) === 0) return false;
  return parent === directory || isOpenToAll(parent);
}

/** The folder for temporary files. Raises {@link UnfitPlace} if the user `nobody` cannot enter it. */
export async function findOpenTemporaryFolder(closed: string): Promise<string> {
  const found = await stat(tmpdir()).catch(() => null);
  if (found === null || !found.isDirectory()) {
    const next = "set TMPDIR to a folder that every user may enter.";
    throw new UnfitPlace(`${tmpdir()} is not a folder, and PostgreSQL's files lie there: ${next}`);
  }
  if (await isOpenToAll(tmpdir())) return tmpdir();
  throw new UnfitPlace(
    `For root, PostgreSQL runs as the user nobody, who may enter neither ${closed} nor ${tmpdir()}: ` +
      "set TMPDIR to a folder that every user may enter.",
  );
}
