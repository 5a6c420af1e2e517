import { newerEmail, type KnownEmail, type StaffEmail } from "./officer.ts";
import type { Clock, Uptime } from "../../platform/time/uptime.ts";
import { coalesce } from "../../platform/process/work-limits.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import type { FoundEmail, StaffDirectory } from "./staff-directory.ts";

/** A user whose address is wanted, and what the database last knew of it. */
export interface AskedEmail {
  readonly username: string;
  readonly lastKnownEmail: KnownEmail | null;
}

/** E-mail addresses of staff: fresh where the directory answers, else the last known (rule C6). */
export interface StaffEmails extends AsyncDisposable {
  /** The address of each user, in the order asked. Never raises. */
  find(asked: readonly AskedEmail[]): Promise<readonly FoundEmail[]>;
}

/** What the addresses are built from. */
export interface StaffEmailsSettings {
  readonly directory: StaffDirectory;
  /** Keeps what the directory said beyond this process. */
  readonly save: (emails: readonly StaffEmail[]) => Promise<void>;
  readonly cacheMilliseconds: number;
  readonly clock: Clock;
  readonly uptime: Uptime;
  readonly log: Log;
}

const usersInOneSearch = 100;
const maxRemembered = 50_000;
// While the directory is down, callers do not wait for its timeout one after another, nor is a wrong password tried
// until the account is locked. As long as callers are asked to wait (`Retry-After`).
const restAfterFailureMs = 5_000;

interface Memory {
  readonly known: Map<string, KnownEmail>;
  readonly asked: Map<string, Promise<FoundEmail>>;
  readonly saving: Set<Promise<void>>;
  /** On the clock of {@link Uptime}. */
  restUntil: number;
}

/** Dispose waits until everything that was learnt is kept. */
export function createStaffEmails(settings: StaffEmailsSettings): StaffEmails {
  const { clock, uptime, cacheMilliseconds } = settings;
  const memory: Memory = { known: new Map(), asked: new Map(), saving: new Set(), restUntil: -Infinity };
  const search = coalesce((usernames: readonly string[]) => learn(settings, memory, usernames), {
    most: usersInOneSearch,
    parallel: 1,
  });
  const askOnce = (username: string): Promise<FoundEmail> => {
    const underWay = memory.asked.get(username);
    if (underWay !== undefined) return underWay;
    const answer = search([username])
      .then(([found]) => found)
      .finally(() => memory.asked.delete(username));
    memory.asked.set(username, answer);
    return answer;
  };
  const findOne = async ({ username, lastKnownEmail }: AskedEmail): Promise<FoundEmail> => {
    const best = newerEmail(memory.known.get(username) ?? null, lastKnownEmail);
    const now = clock();
    // What was read in the future was read before the clock was put back: no one knows how old it is.
    const isFresh = best !== null && best.readAt <= now && best.readAt > now - cacheMilliseconds;
    if (isFresh || uptime() < memory.restUntil) return best?.address;
    const found = await askOnce(username);
    return found === undefined ? best?.address : found;
  };
  return {
    find: (asked) => Promise.all(asked.map(findOne)),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(memory.saving);
    },
  };
}

/** Asks the directory of users, each one once; answers undefined for each when it is down. */
async function learn(
  { directory, clock, uptime, log, save }: StaffEmailsSettings,
  memory: Memory,
  usernames: readonly string[],
): Promise<readonly FoundEmail[]> {
  const nobody = usernames.map(() => undefined);
  // It may have failed while these waited for their turn.
  if (uptime() < memory.restUntil) return nobody;
  try {
    const addresses = await directory.findEmails(usernames);
    const readAt = clock();
    const learnt = usernames.flatMap((username, index) => {
      const address = addresses[index];
      return address === undefined ? [] : [{ username, address, readAt }];
    });
    const unknown = usernames.length - learnt.length;
    if (unknown > 0)
      log.warn({ dependency: "directory", users: unknown }, "the staff directory's response is incomplete");
    remember(memory, learnt);
    keep({ save, log }, memory, learnt);
    return addresses;
  } catch (error) {
    memory.restUntil = uptime() + restAfterFailureMs;
    log.warn({ dependency: "directory", errorClass: errorClassOf(error) }, "the staff directory does not respond");
    return nobody;
  }
}

function remember({ known }: Memory, learnt: readonly StaffEmail[]): void {
  for (const { username, address, readAt } of learnt) {
    known.delete(username);
    known.set(username, { address, readAt });
  }
  for (const username of known.keys()) {
    if (known.size <= maxRemembered) return;
    known.delete(username);
  }
}

/** Saves behind the answer's back: the caller has the address, and what is not kept is asked again. */
function keep(
  { save, log }: Pick<StaffEmailsSettings, "save" | "log">,
  { saving }: Memory,
  learnt: readonly StaffEmail[],
): void {
  const run = save(learnt)
    .catch((error: unknown) => {
      log.warn({ dependency: "database", errorClass: errorClassOf(error) }, "e-mail addresses were not stored");
    })
    .finally(() => saving.delete(run));
  saving.add(run);
}
