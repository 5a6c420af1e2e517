/** One line of a CSV file. */
export function writeCsvRow(cells: readonly string[]): string {
  return `${cells.map(escapeCell).join(",")}\r\n`;
}

/** A spreadsheet must not take what someone typed into a name for a formula: such cells begin with an apostrophe. */
function escapeCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
