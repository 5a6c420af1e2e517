import { Server, type Socket } from "node:net";
import ldap from "ldapjs";
import { z } from "zod";
import { listenOn, listenOnFreePort } from "./free-port.ts";
import { officers } from "./seed/organisation.ts";

/** How the directory is set up. */
export interface LdapServerSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly bindDn: string;
  readonly password: string;
  /** The sandbox's staff by default. */
  readonly users?: readonly DirectoryUser[];
  /** The address of another server that holds a part of the users. */
  readonly referral?: string;
  /** The largest answer to anyone; that of OpenLDAP by default. */
  readonly sizeLimit?: number;
}

/** A user of the directory; one without `mail` has no address. */
export interface DirectoryUser {
  readonly name: string;
  readonly surname: string;
  /** Bytes may be no UTF-8, as a directory that checks nothing lets in. */
  readonly mail?: string | Buffer;
}

/** A directory server on this machine with its users. */
export interface LdapServer extends AsyncDisposable {
  readonly url: string;
}

/** The branch that holds the users. */
export const userBase = "ou=Users,dc=moj,dc=com";

/** Addresses by user name; a user that is not here has none. */
const mails: Readonly<Record<string, string>> = { DanaOkafor: "dana.okafor@example.com" };

const staff: readonly DirectoryUser[] = officers.flatMap(({ user: name, surname }) => {
  if (name === undefined) return [];
  const mail = mails[name];
  return mail === undefined ? { name, surname } : { name, surname, mail };
});

/** Starts the directory, for loopback callers only: a simple bind, and searches below the users' base. */
export async function startLdapServer({
  port: preferred = 0,
  bindDn,
  password,
  users = staff,
  referral,
  sizeLimit = 500,
}: LdapServerSettings): Promise<LdapServer> {
  const server = ldap.createServer();
  const bound = new WeakSet<object>();
  const entries = [branch, ...users.map(toEntry)];
  server.bind("", (request: BindRequest, response: Responder, next: Next) => {
    const isRight = ldap.parseDN(bindDn).equals(request.dn) && request.credentials === password;
    if (!isRight) return next(new ldap.InvalidCredentialsError());
    bound.add(request.connection);
    return end(response, next);
  });
  server.search(userBase, (request: SearchRequest, response: Responder, next: Next) => {
    if (!bound.has(request.connection)) return next(new ldap.InsufficientAccessRightsError());
    if (!sendEntries(findEntries(entries, request), { most: limitOf(request, sizeLimit), response })) {
      return next(new ldap.SizeLimitExceededError());
    }
    if (referral !== undefined) response.send(response.createSearchReference([referral]));
    return end(response, next);
  });
  // What a client sends is no reason to end the process.
  server.on("error", () => undefined);
  const { server: listener } = z.object({ server: z.instanceof(Server) }).parse(server);
  const sockets = followSockets(listener);
  const port = await listenOnFreePort(preferred, (wanted) => listenOn(listener, wanted));
  return {
    url: `ldap://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = listener[Symbol.asyncDispose]();
      // It would wait for clients that stay connected.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function end(response: Responder, next: Next): void {
  response.end();
  next();
}

function limitOf({ sizeLimit: wanted }: SearchRequest, sizeLimit: number): number {
  return wanted === 0 ? sizeLimit : Math.min(wanted, sizeLimit);
}

/** Sends so many entries; false where there are more. */
function sendEntries(
  entries: readonly Entry[],
  { most, response }: { readonly most: number; readonly response: Responder },
): boolean {
  for (const entry of entries.slice(0, most)) response.send(entry);
  return entries.length <= most;
}

function followSockets(listener: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  listener.on("connection", (socket) => {
    // Without it every small answer waits for the client's next packet.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

type Next = (error?: unknown) => void;

interface BindRequest {
  readonly dn: ldap.DN;
  readonly credentials: string;
  readonly connection: object;
}

interface SearchRequest {
  readonly dn: ldap.DN;
  readonly scopeName: "base" | "single" | "subtree";
  readonly filter: Filter;
  /** 0 for as many as there are. */
  readonly sizeLimit: number;
  readonly connection: object;
}

interface Filter {
  readonly type: string;
  readonly attribute?: string;
  readonly value?: string;
  readonly filters?: readonly Filter[];
  matches(attributes: Record<string, string[]>): boolean;
}

interface Responder {
  send(entry: unknown): void;
  createSearchReference(addresses: readonly string[]): unknown;
  end(): void;
}

interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

const branch: Entry = { dn: userBase, attributes: { objectclass: ["organizationalUnit", "top"], ou: ["Users"] } };

function toEntry({ name, surname, mail }: DirectoryUser): Entry {
  const attributes = {
    objectclass: ["inetOrgPerson", "top"],
    cn: [name],
    sn: [surname],
    ...(mail === undefined ? {} : { mail: [mail] }),
  };
  // No matter what a name holds, it is a value in the entry's address and not a part of it.
  const address = name.replaceAll(/[^A-Za-z0-9]/gu, (sign) => hexOf(sign));
  return { dn: `cn=${address},${userBase}`, attributes };
}

function hexOf(sign: string): string {
  return Buffer.from(sign).toString("hex").replaceAll(/../g, "\\$&");
}

const scopes: Readonly<Record<SearchRequest["scopeName"], (entry: ldap.DN, base: ldap.DN) => boolean>> = {
  base: (entry, base) => entry.equals(base),
  single: (entry, base) => entry.parent()?.equals(base) === true,
  subtree: (entry, base) => entry.equals(base) || entry.childOf(base),
};

function findEntries(entries: readonly Entry[], { dn: top, scopeName, filter }: SearchRequest): readonly Entry[] {
  const isInScope = scopes[scopeName];
  return entries.filter(({ dn, attributes }) => isInScope(ldap.parseDN(dn), top) && isMatch(filter, lower(attributes)));
}

/** Whether an entry is what a filter asks for. All of these attributes ignore case; the package's filters do not. */
function isMatch(filter: Filter, lowered: Record<string, string[]>): boolean {
  const { type, attribute = "", value = "", filters = [] } = filter;
  if (type === "AndFilter") return filters.every((one) => isMatch(one, lowered));
  if (type === "OrFilter") return filters.some((one) => isMatch(one, lowered));
  if (type !== "EqualityFilter") return filter.matches(lowered);
  return lowered[attribute.toLowerCase()]?.includes(readValue(value).toLowerCase()) === true;
}

/** A value without the escapes that the package leaves in it. */
function readValue(value: string): string {
  return value.replaceAll(/(?:\\[\da-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll("\\", ""), "hex").toString(),
  );
}

function lower(attributes: Entry["attributes"]): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [name, values.map((value) => String(value).toLowerCase())]),
  );
}
