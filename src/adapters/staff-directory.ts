import { AndFilter, Client, EqualityFilter, OrFilter, ResultCodeError, type Entry } from "ldapts";
import { answerWithin, LateError } from "./deadline.ts";
import { DependencyError, errorClassOf } from "./dependency-error.ts";
import type { Secret } from "./secret.ts";

/** Where the directory of staff is, and as whom to ask it. */
export interface DirectorySettings {
  readonly url: string;
  readonly bindDn: string;
  readonly password: Secret;
  /** The branch that holds the users. */
  readonly userBase: string;
}

/** The LDAP directory of probation staff. Every call raises `DependencyError` (`directory`). */
export interface StaffDirectory extends AsyncDisposable {
  /** The e-mail address of each user in the order asked; null for a user without an entry or an address. One search. */
  findEmails(usernames: readonly string[]): Promise<readonly (string | null)[]>;
  /** Whether the directory answers us. */
  check(): Promise<void>;
}

// For connecting, binding and searching together: somebody waits.
const patienceMs = 1_500;

/**
 * A client of the directory with one connection, kept and renewed as needed. Values go into filters as values, so nothing
 * in a username can change what is searched for (spec 6.3). Dispose closes the connection.
 */
export function openStaffDirectory(settings: DirectorySettings): StaffDirectory {
  const { userBase } = settings;
  const sessions = createSessions(settings);
  return {
    findEmails: (usernames) =>
      ask(sessions, async (client) => {
        const filter = filterFor(usernames);
        const { searchEntries } = await client.search(userBase, { scope: "sub", filter, attributes: ["cn", "mail"] });
        return pickEmails(usernames, searchEntries);
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
  /** Closes a session; nobody takes it any more. */
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

function pickEmails(usernames: readonly string[], entries: readonly Entry[]): readonly (string | null)[] {
  const emails = new Map(
    entries.flatMap((entry) => {
      const [email] = textsOf(entry, "mail");
      return email === undefined ? [] : textsOf(entry, "cn").map((name) => [normalise(name), email] as const);
    }),
  );
  return usernames.map((username) => emails.get(normalise(username)) ?? null);
}

/** Names that a directory takes for the same one become equal. */
function normalise(name: string): string {
  return name.trim().replaceAll(/ +/g, " ").toLowerCase();
}

/** The texts of an attribute, in whatever letter case the directory writes its name. */
function textsOf(entry: Entry, attribute: string): readonly string[] {
  const values = Object.entries(entry).flatMap(([name, value]) => (name.toLowerCase() === attribute ? value : []));
  return values.flatMap((one) => (typeof one === "string" && one.trim() !== "" ? one.trim() : []));
}
