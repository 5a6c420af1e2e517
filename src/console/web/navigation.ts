/** An entry of the navigation. */
export interface NavigationItem {
  readonly text: string;
  readonly href: string;
}

/** Where one can go from every page; a page whose room is not built in is left out by {@link listNavigation}. */
const items: readonly NavigationItem[] = [
  { text: "Overview", href: "/console" },
  { text: "Messages", href: "/console/messages" },
  { text: "Quarantine", href: "/console/quarantine" },
  { text: "Dead letters", href: "/console/dead-letters" },
  { text: "Waiting", href: "/console/waiting" },
  { text: "Reconciliation", href: "/console/reconciliation" },
  { text: "Actions", href: "/console/actions" },
];

/** The navigation of a page at `path`, of those that there are; its own entry is marked. */
export function listNavigation(
  paths: ReadonlySet<string>,
  path: string,
): readonly (NavigationItem & { readonly isCurrent: boolean })[] {
  return items.filter(({ href }) => paths.has(href)).map((item) => ({ ...item, isCurrent: isWithin(path, item.href) }));
}

function isWithin(path: string, href: string): boolean {
  return path === href || (href !== "/console" && path.startsWith(`${href}/`));
}

/** Where to lead someone after signing in: a page of the console, and never another place. */
export function readReturnPath(given: unknown): string {
  const isOurs = typeof given === "string" && /^\/console(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/.test(given);
  return isOurs && !/^\/console\/(?:sign|assets)/.test(given) ? given : "/console";
}

type Value = string | readonly string[] | null | undefined;

/** The address of a page of ours with a query; what is null or missing is left out. */
export function writeAddress(path: string, query: Readonly<Record<string, Value>>): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}=${encodeURIComponent(one)}`),
  );
  return parts.length === 0 ? path : `${path}?${parts.join("&")}`;
}

/** The page of a case, by CRN or NOMS number. */
export function caseAddress(identifier: string): string {
  return `/console/cases/${encodeURIComponent(identifier)}`;
}

/** The page of a message. */
export function messageAddress(inboxKey: string): string {
  return `/console/messages/${encodeURIComponent(inboxKey)}`;
}

/** The page of a refresh or repair. */
export function refreshAddress(refreshRun: string): string {
  return `/console/reconciliation/repairs/${encodeURIComponent(refreshRun)}`;
}

/** The page of a reconciliation. */
export function reconciliationAddress(id: number | string): string {
  return `/console/reconciliation/${encodeURIComponent(id)}`;
}

/** The page of the replay of a group. */
export function groupReplayAddress(id: number | string): string {
  return `/console/quarantine/groups/${encodeURIComponent(id)}`;
}

/** The address itself; one of no page for an address of the console whose path cannot be decoded, so that a page answers that too. */
export function replaceUnreadable(address: string): string {
  if (!address.startsWith("/console/")) return address;
  try {
    decodeURIComponent(address.replace(/\?.*$/s, ""));
    return address;
  } catch {
    return "/console/unreadable-address";
  }
}
