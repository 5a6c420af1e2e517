import type { Database } from "../src/platform/database/database.ts";
import { openDatabase } from "../src/platform/database/pool.ts";
import { findDatabaseOrigin, migrate } from "../src/platform/database/migration.ts";
import { secret } from "../src/platform/process/secret.ts";
import { ConfigError } from "../src/app/config.ts";
import { environmentSchema } from "../src/app/environment.ts";
import { createDatabase, hasPostgresData, startPostgres } from "./embedded-postgres.ts";
import type { SandboxState, Story } from "./sandbox-state.ts";
import { scenarioPeople } from "./scenario-steps.ts";
import { findContents, listEntries } from "./scenario-store.ts";
import { seedDatabase } from "./seed/seed.ts";

/** What is to become of the scenario on a database. */
export type StoryPlan =
  | { readonly kind: "tell"; readonly story: Story }
  | { readonly kind: "play" }
  /** Neither: `reason` is a sentence for the user. */
  | { readonly kind: "leave out"; readonly reason: string };

/** The Delius database of a sandbox, ready for the service. */
export interface SandboxDatabase {
  readonly url: string;
  /** Whether the server is ours. */
  readonly isOwn: boolean;
  readonly database: Database;
  readonly plan: StoryPlan;
}

/** How the database is wanted. */
export interface DatabaseRequest {
  readonly state: SandboxState;
  readonly isFresh: boolean;
  readonly stop: AbortSignal;
  /** Preferred for a server of our own. */
  readonly port: number;
  /** Hears of the end of a server of our own that we did not stop. */
  readonly onLost: (reason: unknown) => void;
  /** What is opened is closed with the rest, in the reverse order. */
  readonly resources: AsyncDisposableStack;
}

/** Starts a PostgreSQL of our own with the sandbox's people in it, or with what an earlier start left. */
export async function startOwnDatabase(wanted: DatabaseRequest): Promise<SandboxDatabase> {
  const { state, isFresh, port, resources, onLost, stop } = wanted;
  // The story is the last part of a new state, and temporary files may be swept: without either, it is not whole.
  const isWhole = state.story !== null && (await hasPostgresData({ directory: state.places.postgres }));
  const story = isFresh || !isWhole ? null : state.story;
  if (story === null) await state.empty();
  const server = resources.use(await startPostgres({ directory: state.places.postgres, port, stop }));
  stop.throwIfAborted();
  server.lost.addEventListener("abort", () => onLost(server.lost.reason));
  const url = server.url("delius");
  if (story === null) {
    await createDatabase(server.url("postgres"), "delius");
    stop.throwIfAborted();
    await seedDatabase({ url });
  }
  const database = resources.use(open(url));
  if (story === null) return { url, isOwn: true, database, plan: { kind: "play" } };
  await migrate(database);
  if (await knows(database, story)) return { url, isOwn: true, database, plan: { kind: "tell", story } };
  throw new Error("The database does not hold what the sandbox's other files tell of.");
}

/**
 * Takes a database of the user's: an empty one is migrated and seeded, one of our migrations' making is used as it
 * stands, any other is refused.
 */
export async function takeGivenDatabase(
  given: string,
  { state, isFresh, resources }: DatabaseRequest,
): Promise<SandboxDatabase> {
  const parsed = environmentSchema.shape.DATABASE_URL.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `DATABASE_URL ${message}.`));
  const url = parsed.data;
  const database = resources.use(open(url));
  const origin = await findDatabaseOrigin(database);
  if (origin === "foreign") {
    const fault = "DATABASE_URL names a database with tables of somebody else's: give an empty one to the sandbox.";
    throw new ConfigError([fault]);
  }
  if (origin === "ours") await migrate(database);
  const { story } = state;
  const isKept = !isFresh && origin === "ours" && story !== null && (await knows(database, story));
  if (isKept) return { url, isOwn: false, database, plan: { kind: "tell", story } };
  const plan = await planGiven(database, { url, isEmpty: origin === "empty" });
  // Where the scenario is left out, the simulator may still know what goes with this database.
  if (isFresh || plan.kind === "play") await state.empty();
  return { url, isOwn: false, database, plan };
}

async function planGiven(
  database: Database,
  { url, isEmpty }: { readonly url: string; readonly isEmpty: boolean },
): Promise<StoryPlan> {
  const contents = isEmpty ? null : await findContents(database, scenarioPeople);
  if (contents?.hasCases !== true) {
    await seedDatabase({ url });
    return { kind: "play" };
  }
  const rest = "The scenario is left out: for it, give an empty database.";
  if (contents.hasJournal) return { kind: "leave out", reason: `This database has been worked on already. ${rest}` };
  if (!contents.hasPeople) return { kind: "leave out", reason: `This database lacks the sandbox's people. ${rest}` };
  return { kind: "play" };
}

function open(url: string): Database {
  return openDatabase({ url: secret(url), poolSize: 2, schema: "public" });
}

async function knows(database: Database, { steps: [first] }: Story): Promise<boolean> {
  return first !== undefined && (await listEntries(database, first.inboxKey)).length > 0;
}
