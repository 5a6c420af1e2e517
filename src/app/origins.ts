/** What an origin must be, and like what. */
export interface OriginRule {
  readonly isRight: (entry: string) => boolean;
  readonly like: string;
}

/** A fault for each entry that is not such an origin. */
export function findMalformed(
  name: string,
  entries: readonly string[],
  { isRight, like }: OriginRule,
): readonly string[] {
  return entries.flatMap((entry, index) =>
    isRight(entry) ? [] : [`${name}: entry ${index + 1} is not an origin like ${like}.`],
  );
}

/** Whether an address is an origin and nothing more. */
export function isOrigin(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, protocol } = new URL(address);
  return origin === address && (protocol === "https:" || protocol === "http:");
}

/** Whether it is one inside the cluster. */
export function isClusterLocal(address: string): boolean {
  if (!isOrigin(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && hostname.endsWith(".svc.cluster.local");
}
