import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDatabase, startPostgres } from "../../sandbox/embedded-postgres.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { createTestDatabase, templateName, type TestDatabase } from "../support/test-database.ts";
import { fileOf, files, listScenarios, readScenario, scenariosDirectory } from "../support/scenario.ts";
import { playScenario } from "../support/scenario-run.ts";
import { keepSeed, restoreSeed } from "../support/seed-reset.ts";
import { templates } from "./scenario-templates.ts";

// `npm run scenario:new -- <name> [template]` makes the folder of a new scenario. Run again, it plays the scenario and
// records how it ended, for a person to review. `-- --all` records every scenario anew.

const usage = `Usage: npm run scenario:new -- <name-of-the-scenario> [${Object.keys(templates).join(" | ")}]
       npm run scenario:new -- --all
`;

process.exitCode = await main(process.argv.slice(2));

async function main([name = "", template = "allocation"]: readonly string[]): Promise<number> {
  if (name === "--help") {
    process.stdout.write(usage);
    return 0;
  }
  const known = await listScenarios();
  if (name === "--all") return record(known);
  const wanted = templates[template];
  if (!/^[a-z][a-z0-9-]+$/.test(name) || wanted === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  if (known.includes(name)) return record([name]);
  await mkdir(path.join(scenariosDirectory, name));
  await write(name, { [files.given]: wanted.given, [files.message]: wanted.message, [files.answers]: wanted.answers });
  const made = path.relative(process.cwd(), path.join(scenariosDirectory, name));
  process.stdout.write(`Made ${made}. Write down what happens there, then run the same command again to record it.\n`);
  return 0;
}

async function record(names: readonly string[]): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), "manage-pom-cases-and-delius-scenario-"));
  try {
    await using postgres = await startPostgres({ directory, durable: false });
    await createDatabase(postgres.url("postgres"), templateName);
    await seedDatabase({ url: postgres.url(templateName) });
    process.env["TEST_POSTGRES_URL"] = postgres.url("postgres");
    await using database = await createTestDatabase();
    await keepSeed(database);
    for (const name of names) {
      await recordOne(name, database);
      await restoreSeed(database);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return 0;
}

async function recordOne(name: string, database: TestDatabase): Promise<void> {
  const { expected, contacts } = await playScenario(await readScenario(name), database);
  await rm(fileOf(name, files.contacts), { force: true });
  if (contacts !== null) await writeFile(fileOf(name, files.contacts), contacts);
  await write(name, { [files.expected]: expected });
  process.stdout.write(`${name}: ${expected.outcomes.join(", ")}. Review it as you would review code.\n`);
}

async function write(name: string, documents: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [file, document] of Object.entries(documents)) {
    await writeFile(fileOf(name, file), `${JSON.stringify(document, null, 2)}\n`);
  }
  spawnSync("oxfmt", [path.join(scenariosDirectory, name)], { stdio: ["ignore", "ignore", "inherit"] });
}
