import { deliusSequences, deliusTables, ownTables, type TableUse } from "../src/delius/schema/delius-tables.ts";

const heading = `-- What the service's own database user may do, and nothing else. Run it as the owner of the tables, after
-- \`npm run migrate\`, and again after every upgrade:
--
--   psql --set role=mpc_delius_service --set schema=public --file deploy/grants.sql "$DATABASE_URL"
--
-- \`role\` is a log-in role that exists and owns nothing here; \`schema\` is where Delius's tables stand (DELIUS_SCHEMA).
-- Migrations run as the owner: the service itself creates, alters and drops nothing.
--
-- This script is generated from src/delius/schema/delius-tables.ts: \`npm run docs\` writes it.

begin;

revoke all on all tables in schema :"schema" from :"role";
revoke all on all sequences in schema :"schema" from :"role";
revoke all on schema :"schema" from :"role";
revoke all on all tables in schema mpc_delius from :"role";
revoke all on all sequences in schema mpc_delius from :"role";
revoke all on schema mpc_delius from :"role";

grant usage on schema :"schema" to :"role";
set local search_path = :"schema";

-- Delius. Nothing of it is ever deleted. Rows of offender and probation_area are locked and never changed: PostgreSQL
-- asks for the right to update one column for that.

`;

const own = `
-- Our own schema. The journal and the record of operators' actions are never changed once written; they
-- lose only what its time is up for.

grant usage on schema mpc_delius to :"role";
grant execute on function mpc_delius.require_rows(text, bigint, bigint) to :"role";
grant execute on function mpc_delius.require_codes(text, bigint, bigint) to :"role";
`;

/** The script that gives the service's database user its rights. */
export function writeGrantsScript(): string {
  const delius = Object.entries(deliusTables).map(([table, use]) => writeTableGrant(table, use));
  const sequences = `grant usage on sequence ${deliusSequences.join(", ")}\n  to :"role";\n`;
  const ours = Object.entries(ownTables).map(
    ([table, rights]) => `grant ${rights.join(", ")} on mpc_delius.${table} to :"role";\n`,
  );
  return `${heading}${delius.join("")}${sequences}${own}${ours.join("")}\ncommit;\n`;
}

function writeTableGrant(table: string, { select, insert, update }: TableUse): string {
  const rights = Object.entries({ select, insert, update })
    .filter(([, columns]) => columns.length > 0)
    .map(([right, columns]) => `${right} (${columns.join(", ")})`);
  return `grant ${rights.join(",\n  ")}\n  on ${table} to :"role";\n`;
}
