import { Client, EqualityFilter } from "ldapts";

/** Where staff e-mail addresses are. */
export interface PeerDirectorySettings {
  readonly url: string;
  readonly bindDn: string;
  readonly password: string;
  readonly userBase: string;
}

/** Finds the address of a user. */
export interface PeerDirectory {
  findEmail(username: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const keptMs = 3_600_000;

/** A directory whose answers are kept for an hour. */
export async function openDirectory({
  url,
  bindDn,
  password,
  userBase,
}: PeerDirectorySettings): Promise<PeerDirectory> {
  const client = new Client({ url });
  await client.bind(bindDn, password);
  const known = new Map<string, { readonly email: Promise<string | undefined>; readonly until: number }>();
  const search = async (username: string) => {
    const filter = new EqualityFilter({ attribute: "cn", value: username });
    const { searchEntries } = await client.search(userBase, { scope: "sub", filter, attributes: ["mail"] });
    const mail = searchEntries[0]?.["mail"];
    return typeof mail === "string" ? mail : undefined;
  };
  return {
    findEmail: (username) => {
      const found = known.get(username);
      if (found !== undefined && found.until > Date.now()) return found.email;
      const email = search(username);
      known.set(username, { email, until: Date.now() + keptMs });
      return email;
    },
    close: () => client.unbind(),
  };
}
