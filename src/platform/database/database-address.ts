const modes: readonly string[] = ["disable", "require", "verify-ca", "verify-full"];

/** What is wrong with the TLS parameters of a database's address, each to be read behind the variable's name. */
export function listTlsFaults(address: string): readonly string[] {
  if (!URL.canParse(address)) return [];
  const { searchParams } = new URL(address);
  const mode = searchParams.get("sslmode");
  if (mode === null) return [];
  if (!modes.includes(mode)) return [`has an sslmode other than ${modes.join(", ")}`];
  const isIncomplete = mode === "verify-ca" && !searchParams.get("sslrootcert");
  return isIncomplete ? ["has sslmode=verify-ca and no sslrootcert: name the file of the authority's certificate"] : [];
}

/**
 * The address for a driver that by itself would warn of `require` and check nothing more in `verify-ca` than in
 * `verify-full`. No mode encrypts without a check of the certificate, unless `uselibpqcompat=true` asks for that.
 */
export function prepareAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  const { searchParams } = url;
  if (searchParams.has("uselibpqcompat")) return address;
  const mode = searchParams.get("sslmode");
  if (mode === "require") searchParams.set("sslmode", "verify-full");
  if (mode === "verify-ca") searchParams.set("uselibpqcompat", "true");
  return mode === "require" || mode === "verify-ca" ? url.href : address;
}
