import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { ConfigError } from "../src/app/config.ts";
import { removePostgres } from "./embedded-postgres.ts";
import { keep, readKept } from "./kept-file.ts";
import { shownStepSchema } from "./step-text.ts";

const portsSchema = z.object({
  api: z.int(),
  auth: z.int(),
  database: z.int(),
  ldap: z.int(),
  mpc: z.int(),
  queue: z.int(),
});

const storySchema = z.object({ playedAt: z.iso.datetime(), steps: z.array(shownStepSchema).min(1).readonly() });

/** Where one finds what runs. */
const partsSchema = z.object({
  api: z.url(),
  mpc: z.url(),
  auth: z.object({ issuer: z.url(), jwksUrl: z.url(), tokenUrl: z.url() }),
  queue: z.object({ endpoint: z.url(), queueUrl: z.url(), topicArn: z.string() }),
  ldap: z.url(),
  /** Null for a database of the user's: its address may hold a password. */
  database: z.url().nullable(),
  log: z.string(),
  /** A sentence for each part that does not listen where it was to, with the reason. */
  moved: z.array(z.string()).readonly(),
});

const runningSchema = z.object({
  pid: z.int(),
  since: z.iso.datetime(),
  page: z.url().optional(),
  /** Absent while it is still starting. */
  parts: partsSchema.optional(),
});

const variablesSchema = z.record(z.string(), z.string());

/** The ports that the sandbox's parts listen on. */
export type Ports = Readonly<z.infer<typeof portsSchema>>;

/** The scenario as it was played. */
export type Story = Readonly<z.infer<typeof storySchema>>;

export type RunningParts = Readonly<z.infer<typeof partsSchema>>;

/** The running sandbox, for anyone who wants to start another. */
export type Running = Readonly<z.infer<typeof runningSchema>>;

/** The variables that point the service to the running sandbox. */
export type Variables = Readonly<z.infer<typeof variablesSchema>>;

/** What the sandbox keeps between starts, in one folder that is ours alone until it is disposed of. */
export interface SandboxState extends AsyncDisposable {
  /** Where each part keeps its own. */
  readonly places: {
    readonly postgres: string;
    readonly queue: string;
    readonly prisoners: string;
    readonly announcements: string;
    readonly log: string;
  };
  /** The scenario of an earlier start; null where none was played to its end. */
  readonly story: Story | null;
  /** The ports of the last start. */
  readonly ports: Ports | null;
  keepStory(story: Story): Promise<void>;
  keepPorts(ports: Ports): Promise<void>;
  describeRunning(running: Running): Promise<void>;
  /** Tells commands of the service how to reach what runs, until it ends; see {@link readVariables}. */
  describeVariables(variables: Variables): Promise<void>;
  /** Forgets everything, a database server that an earlier start left behind included. */
  empty(): Promise<void>;
}

/** Someone else has the folder. `running` is null as long as they are only starting. */
export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
  readonly running: Running | null;

  constructor(running: Running | null) {
    super("A sandbox runs here already.");
    this.running = running;
  }
}

const names = {
  lock: "lock",
  postgres: "postgres",
  queue: "queue",
  prisoners: "prisoners.json",
  announcements: "announcements.json",
  story: "scenario.json",
  ports: "ports.json",
  running: "running.json",
  variables: "variables.json",
  log: "service.log",
  given: "given",
} as const;

/**
 * Takes the sandbox's folder, made where it is missing. What goes with a database of the user's is kept apart from what
 * goes with our own. Raises {@link AlreadyRunning} while another process has the folder, and refuses one that holds
 * anything but a sandbox. A process that was killed does not keep it.
 */
export async function openState(directory: string, databaseUrl: string | null): Promise<SandboxState> {
  await mkdir(directory, { recursive: true });
  await refuseForeign(directory);
  const running = path.join(directory, names.running);
  const variables = path.join(directory, names.variables);
  const lock = takeLock(path.join(directory, names.lock));
  if (lock === null) throw new AlreadyRunning(await find(running, runningSchema));
  // One that was killed may have left them, and this one may tell none.
  await rm(variables, { force: true });
  const part = await openPart(locatePart(directory, databaseUrl));
  return {
    ...part,
    describeRunning: (told) => keep(running, told),
    describeVariables: (told) => keep(variables, told),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([running, variables].map((file) => rm(file, { force: true })));
      lock.close();
    },
  };
}

/**
 * How to reach the sandbox that runs on this folder; null where none does. One on a database of the user's keeps that
 * address to itself, for it may hold a password.
 */
export function readVariables(directory: string): Promise<Variables | null> {
  return find(path.join(directory, names.variables), variablesSchema);
}

/** The sandbox that runs on this folder; null where none does. */
export async function readRunning(directory: string): Promise<Running | null> {
  const file = path.join(directory, names.lock);
  if (!existsSync(file)) return null;
  const lock = takeLock(file);
  lock?.close();
  return lock === null ? find(path.join(directory, names.running), runningSchema) : null;
}

/** The scenario as it was played on this folder, and on this database of the user's where one is given. */
export function readStory(directory: string, databaseUrl: string | null): Promise<Story | null> {
  return find(path.join(locatePart(directory, databaseUrl), names.story), storySchema);
}

function locatePart(directory: string, databaseUrl: string | null): string {
  return databaseUrl === null ? directory : path.join(directory, nameOf(databaseUrl));
}

function nameOf(databaseUrl: string): string {
  return `${names.given}-${createHash("sha256").update(databaseUrl).digest("hex").slice(0, 12)}`;
}

async function openPart(directory: string) {
  await mkdir(directory, { recursive: true });
  const at = (name: keyof typeof names) => path.join(directory, names[name]);
  const [story, ports] = await Promise.all([find(at("story"), storySchema), find(at("ports"), portsSchema)]);
  return {
    places: {
      postgres: at("postgres"),
      queue: at("queue"),
      prisoners: at("prisoners"),
      announcements: at("announcements"),
      log: at("log"),
    },
    story,
    ports,
    keepStory: (kept: Story) => keep(at("story"), kept),
    keepPorts: (kept: Ports) => keep(at("ports"), kept),
    empty: async () => {
      await removePostgres({ directory: at("postgres") });
      const entries = (await readdir(directory)).filter((entry) => isOurs(entry) && !isLasting(entry));
      await Promise.all(entries.map((entry) => rm(path.join(directory, entry), { recursive: true, force: true })));
    },
  };
}

/** The lock is ours while we run, and what goes with another database is none of our business. */
function isLasting(entry: string): boolean {
  return entry === names.lock || entry === names.running || entry.startsWith(`${names.given}-`);
}

function isOurs(entry: string): boolean {
  const all: readonly string[] = Object.values(names);
  return all.some((name) => entry === name || entry.startsWith(`${name}.`) || entry.startsWith(`${name}-`));
}

async function refuseForeign(directory: string): Promise<void> {
  const foreign = (await readdir(directory)).find((entry) => !isOurs(entry));
  if (foreign === undefined) return;
  throw new ConfigError([
    `${directory} holds ${foreign}, which is no part of a sandbox: set SANDBOX_DIRECTORY to another.`,
  ]);
}

/** A lock that the system lets go when its holder ends, however it ends: that of an SQLite file. */
function takeLock(file: string): DatabaseSync | null {
  // Someone who only looks whether it is taken has it for a moment.
  const lock = new DatabaseSync(file, { timeout: 100 });
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    const busy = 5;
    if (error instanceof Error && "errcode" in error && error.errcode === busy) return null;
    throw error;
  }
}

/** What cannot be read counts as missing: the state of an older version, or of a machine that lost its power. */
function find<Kept>(file: string, schema: z.ZodType<Kept>): Promise<Kept | null> {
  return readKept(file, schema).catch(() => null);
}
