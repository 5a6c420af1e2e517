import ldap from "ldapjs";
import { listenOnFreePort } from "./free-port.ts";
import { officers, type SeedOfficer } from "./seed/organisation.ts";

/** How the directory is set up. */
export interface LdapServerSettings {
  /** Preferred; any free one where it is taken. */
  readonly port?: number;
  readonly bindDn: string;
  readonly password: string;
}

/** A directory server on this machine with the users of the sandbox's staff. */
export interface LdapServer extends AsyncDisposable {
  readonly url: string;
}

const base = "ou=Users,dc=moj,dc=com";

/** Addresses by user name; a user that is not here has none. */
const mails: Readonly<Record<string, string>> = { DanaOkafor: "dana.okafor@example.com" };

/** Starts the directory, for loopback callers only: a simple bind, and searches below the users' base. */
export async function startLdapServer({
  port: preferred = 0,
  bindDn,
  password,
}: LdapServerSettings): Promise<LdapServer> {
  const server = ldap.createServer();
  const bound = new WeakSet<object>();
  // Without it every small answer waits for the client's next packet.
  server.on("connection", (socket: { setNoDelay(on: boolean): void }) => socket.setNoDelay(true));
  server.bind("", (request: BindRequest, response: Responder, next: Next) => {
    const isRight = ldap.parseDN(bindDn).equals(request.dn) && request.credentials === password;
    if (!isRight) return next(new ldap.InvalidCredentialsError());
    bound.add(request.connection);
    response.end();
    return next();
  });
  server.search(base, (request: SearchRequest, response: Responder, next: Next) => {
    if (!bound.has(request.connection)) return next(new ldap.InsufficientAccessRightsError());
    for (const entry of entries) if (request.filter.matches(entry.attributes)) response.send(entry);
    response.end();
    return next();
  });
  const port = await listenOnFreePort(preferred, async (wanted) => {
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(wanted, "127.0.0.1", listening.resolve);
    await listening.promise;
    server.off("error", listening.reject);
    return Number(new URL(server.url).port);
  });
  return {
    url: `ldap://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

type Next = (error?: unknown) => void;

interface BindRequest {
  readonly dn: ldap.DN;
  readonly credentials: string;
  readonly connection: object;
}

interface SearchRequest {
  readonly filter: { matches(attributes: Entry["attributes"]): boolean };
  readonly connection: object;
}

interface Responder {
  send(entry: Entry): void;
  end(): void;
}

interface Entry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

const entries: readonly Entry[] = officers.flatMap(toEntry);

function toEntry({ user, forename, surname }: SeedOfficer): readonly Entry[] {
  if (user === undefined) return [];
  const mail = mails[user];
  const attributes = {
    objectclass: ["inetOrgPerson", "top"],
    cn: [user],
    sn: [surname],
    givenname: [forename],
    ...(mail === undefined ? {} : { mail: [mail] }),
  };
  return [{ dn: `cn=${user},${base}`, attributes }];
}
