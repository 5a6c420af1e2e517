import { AndFilter, Client, EqualityFilter, OrFilter, ResultCodeError, type Entry, type SearchResult } from "ldapts";
import { answerWithin, LateError } from "../../platform/process/work-limits.ts";
import { DependencyError, errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Secret } from "../../platform/process/secret.ts";

/** Where the directory of staff is, and as whom to ask it. */
export interface DirectorySettings {
  readonly url: string;
  readonly bindDn: string;
  readonly password: Secret;
  /** The branch that holds the users. */
  readonly userBase: string;
}

/** An address; null: the user has no entry or no address; undefined: it is not known now, ask again. */
export type FoundEmail = string | null | undefined;

/** The LDAP directory of probation staff. Every call raises `DependencyError` (`directory`). */
export interface StaffDirectory extends AsyncDisposable {
  /** What the directory says of each user's e-mail address, in the order asked. One search. */
  findEmails(usernames: readonly string[]): Promise<readonly FoundEmail[]>;
  /** Whether the directory answers us. */
  check(): Promise<void>;
}

// For connecting, binding and searching together: someone waits.
const patienceMs = 1_500;

/**
 * A client of the directory with one connection, kept and renewed as needed. Values go into filters as values, so nothing
 * in a username can change what is searched for. Dispose closes the connection.
 */
export function openStaffDirectory(settings: DirectorySettings): StaffDirectory {
  const { userBase } = settings;
  const sessions = createSessions(settings);
  return {
    findEmails: (usernames) =>
      ask(sessions, async (client) => {
        const filter = filterFor(usernames);
        return pickEmails(
          usernames,
          await client.search(userBase, { scope: "sub", filter, attributes: ["cn", "mail"] }),
        );
      }),
    check: () =>
      ask(sessions, async (client) => {
        await client.search(userBase, { scope: "base", attributes: ["1.1"] });
      }),
    [Symbol.asyncDispose]: () => sessions.end(sessions.current()),
  };
}

/** One connection. A search before it is bound would be anonymous, and could find users without their addresses. */
interface Session {
  readonly client: Client;
  readonly bound: Promise<void>;
}

interface Sessions {
  /** The open session, or a new one. */
  take(): { readonly session: Session; readonly isKept: boolean };
  /** Closes a session; no one takes it any more. */
  end(session: Session | null): Promise<void>;
  current(): Session | null;
}

/** A client serves one connection only: it would read on from the broken rest of an earlier one. */
function createSessions({ url, bindDn, password }: DirectorySettings): Sessions {
  let current: Session | null = null;
  return {
    take: () => {
      if (current !== null) return { session: current, isKept: true };
      const client = new Client({ url, connectTimeout: patienceMs, timeout: patienceMs });
      const session = { client, bound: client.bind(bindDn, password.reveal()) };
      current = session;
      return { session, isKept: false };
    },
    end: async (session) => {
      if (current === session) current = null;
      // A connection that is gone already cannot be closed once more.
      await session?.client.unbind().catch(() => undefined);
    },
    current: () => current,
  };
}

type Work<Value> = (client: Client) => Promise<Value>;

async function ask<Value>(sessions: Sessions, work: Work<Value>): Promise<Value> {
  const { session, isKept } = sessions.take();
  try {
    return await answerWithin(patienceMs, search(session, work));
  } catch (error) {
    await sessions.end(session);
    // Unheard, the directory or a firewall may have closed a connection that was kept: a new one is tried at once.
    if (isKept && !(error instanceof ResultCodeError || error instanceof LateError)) return ask(sessions, work);
    throw new DependencyError("directory", nameFailure(error), error);
  }
}

/** The client's errors without a name of their own are those of a connection that broke. */
function nameFailure(error: unknown): string {
  const errorClass = errorClassOf(error);
  return errorClass === "Error" ? "ConnectionLost" : errorClass;
}

async function search<Value>({ client, bound }: Session, work: Work<Value>): Promise<Value> {
  await bound;
  if (!client.isBound) throw new Error("The connection is closed.");
  return work(client);
}

function filterFor(usernames: readonly string[]): AndFilter {
  const names = usernames.map((value) => new EqualityFilter({ attribute: "cn", value }));
  const isUser = new EqualityFilter({ attribute: "objectclass", value: "inetOrgPerson" });
  return new AndFilter({ filters: [isUser, new OrFilter({ filters: names })] });
}

/** The client puts this in the place of bytes that are not UTF-8. */
const unreadable = "\uFFFD";

/** A user without an entry has none only where the answer is whole and understood: others may be with another server. */
function pickEmails(usernames: readonly string[], answer: SearchResult): readonly FoundEmail[] {
  const { searchEntries, searchReferences } = answer;
  const asked = usernames.map(normalise);
  const entries = searchEntries.map((entry) => ({
    names: textsOf(entry, "cn").map(normalise),
    email: readEmail(entry),
  }));
  const isUnderstood = entries.every(
    ({ names }) => names.length > 0 && !names.some((name) => name.includes(unreadable)),
  );
  const isWhole = searchReferences.length === 0 && isUnderstood;
  return asked.map((name) => {
    const emails = entries.filter(({ names }) => names.includes(name)).map(({ email }) => email);
    if (emails.length === 0) return isWhole ? null : undefined;
    return emails.find((email) => typeof email === "string") ?? (emails.includes(undefined) ? undefined : null);
  });
}

function readEmail(entry: Entry): FoundEmail {
  const values = valuesOf(entry, "mail").filter((value) => value.length > 0);
  const email = textsOf(entry, "mail").find((text) => !text.includes(unreadable));
  const isBlank = values.every((value) => typeof value === "string" && value.trim() === "");
  return email ?? (isBlank ? null : undefined);
}

/** Names that a directory takes for the same one become equal. */
function normalise(name: string): string {
  return name.trim().replaceAll(/ +/g, " ").toLowerCase();
}

function textsOf(entry: Entry, attribute: string): readonly string[] {
  return valuesOf(entry, attribute).flatMap((one) => (typeof one === "string" && one.trim() !== "" ? one.trim() : []));
}

/** The values of an attribute, in whichever letter case the directory writes its name. */
function valuesOf(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  return Object.entries(entry).flatMap(([name, value]) => (name.toLowerCase() === attribute ? value : []));
}
