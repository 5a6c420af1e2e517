import type { VariableMeta } from "../src/app/environment.ts";

const heading = `# Configuration

Everything that can be set from outside is an environment variable of this table, as \`src/app/environment.ts\` describes it;
beside them, the AWS SDK reads its own for credentials. An empty variable counts as unset, and line ends behind
a value are ignored. Faults are reported together at the start, each with what to set.

This page is generated from the code: \`npm run docs\` writes it, and \`npm run check\` fails when it is out of step.

| Variable | Meaning | Values | When unset |
| --- | --- | --- | --- |
`;

const tls = `
## TLS to the database

\`DATABASE_URL\` says how the connection is encrypted, in PostgreSQL's own words:
\`postgres://user:password@host:5432/delius?sslmode=verify-full&sslrootcert=/etc/ssl/database-authority.pem\`

| \`sslmode\` | Encrypts | Checks |
| --- | --- | --- |
| left out, \`disable\` | no | nothing |
| \`require\`, \`verify-full\` | yes | that an authority which the machine knows, or that of \`sslrootcert\`, signed the certificate, and that it is for the host of the address |
| \`verify-ca\` | yes | that the authority of \`sslrootcert\` signed the certificate, for any host |

\`sslrootcert\` names a PEM file with the certificates of the authorities to trust; Amazon publishes one for RDS. \`sslcert\` and
\`sslkey\` name the files of a certificate of our own, where the server asks for one. Without a check, TLS would not say
who reads: that is why \`require\` checks here as \`verify-full\` does. A connection that fails says which of these to change.

A pooler between the service and PostgreSQL must work in session mode and let startup parameters through: the service
reads its session's settings back when it starts, and refuses to start where they did not take.
`;

/** The page of every variable that the service reads, as Markdown. */
export function writeConfigurationPage(variables: readonly (VariableMeta & { readonly name: string })[]): string {
  const rows = variables.map(({ name, meaning, allowed, unset }) => [
    `\`${name}\``,
    meaning,
    allowed,
    showUnset(unset),
  ]);
  return heading + rows.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`).join("") + tls;
}

function showUnset(unset: VariableMeta["unset"]): string {
  if (unset === "required") return "**must be set**";
  if (unset === "optional") return "left out";
  return unset.value === "" ? "empty" : `\`${unset.value}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
