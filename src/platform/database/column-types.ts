import pg from "pg";

const types = { int8: 20, date: 1082, timestamp: 1114, numeric: 1700 };

/**
 * How columns are read beyond what the driver does: keys as numbers, which they are in a database that was copied from
 * Oracle too, days and times without a zone as text, for the machine's zone is not theirs.
 */
export function columnTypes(): pg.TypeOverrides {
  const overrides = new pg.TypeOverrides();
  overrides.setTypeParser(types.int8, Number);
  overrides.setTypeParser(types.numeric, Number);
  overrides.setTypeParser(types.date, asText);
  overrides.setTypeParser(types.timestamp, asText);
  return overrides;
}

function asText(text: string): string {
  return text;
}
