import type { VariableMeta } from "../src/environment.ts";

const heading = `# Configuration

Everything that can be set from outside is an environment variable of this table, as \`src/environment.ts\` describes it;
beside them, the AWS SDK reads its own for credentials. An empty variable counts as unset, and line ends behind
a value are ignored. Faults are reported together at the start, each with what to set.

This page is generated from the code: \`npm run docs\` writes it, and \`npm run check\` fails when it is out of step.

| Variable | Meaning | When unset |
| --- | --- | --- |
`;

/** The page of every variable that the service reads, as Markdown. */
export function writeConfigurationPage(variables: readonly (VariableMeta & { readonly name: string })[]): string {
  const rows = variables.map(({ name, meaning, unset }) => [`\`${name}\``, meaning, showUnset(unset)]);
  return heading + rows.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`).join("");
}

function showUnset(unset: VariableMeta["unset"]): string {
  if (unset === "required") return "**must be set**";
  if (unset === "optional") return "left out";
  return unset.value === "" ? "empty" : `\`${unset.value}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
