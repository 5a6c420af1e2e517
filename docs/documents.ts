import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describeVariables } from "../src/app/environment.ts";
import { writeAsyncApiDocument } from "./asyncapi-document.ts";
import { subscribedEventTypes } from "../src/sync/events/event-table.ts";
import { writeConfigurationPage } from "./configuration-page.ts";
import { writeGrantsScript } from "./grants-script.ts";
import { writeChartRules, writeDashboard, writePrometheusRule } from "./monitoring.ts";
import { writeOpenApiDocument } from "./openapi-document.ts";
import { fillReadme } from "./readme-tables.ts";
import { fillRunbook } from "./runbook-table.ts";
import { writeTelemetryPage } from "./telemetry-page.ts";

/** A document that is made from the code. */
export interface GeneratedDocument {
  readonly file: string;
  /** The whole text; where part of it is written by hand, from the `present` one. */
  readonly write: (present: string) => string | Promise<string>;
}

const documents: readonly GeneratedDocument[] = [
  { file: "configuration.md", write: () => writeConfigurationPage(describeVariables()) },
  { file: "../deploy/grants.sql", write: writeGrantsScript },
  { file: "../deploy/queue/filter-policy.json", write: () => writeJson({ eventType: subscribedEventTypes }) },
  { file: "../deploy/kubernetes/base/alerts.yaml", write: writePrometheusRule },
  { file: "../deploy/helm/files/alerts.yaml", write: writeChartRules },
  { file: "../deploy/monitoring/dashboard.json", write: writeDashboard },
  { file: "telemetry.md", write: writeTelemetryPage },
  { file: "openapi.yaml", write: writeOpenApiDocument },
  { file: "asyncapi.yaml", write: writeAsyncApiDocument },
  { file: "../README.md", write: fillReadme },
  { file: "runbook.md", write: fillRunbook },
];

function writeJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Brings the documents in a folder into step with the code. Answers which were not. */
export async function updateDocuments(
  folder: string,
  wanted: readonly GeneratedDocument[],
): Promise<readonly string[]> {
  const stale = await findStaleDocuments(folder, wanted);
  await Promise.all(stale.map(({ file, text }) => writeFile(path.join(folder, file), text)));
  return stale.map(({ file }) => file);
}

/** The documents in a folder that say something else than the code, with what they ought to say. */
export async function findStaleDocuments(folder: string, wanted: readonly GeneratedDocument[]) {
  const all = await Promise.all(
    wanted.map(async ({ file, write }) => {
      const present = await readIfThere(path.join(folder, file));
      const text = await write(present ?? "");
      return { file, text, isStale: text !== present };
    }),
  );
  return all.filter(({ isStale }) => isStale);
}

function showPath(file: string): string {
  return path.posix.join("docs", file);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** `npm run docs`: writes the documents; with `--check` it only fails when one is out of step. */
async function run(options: readonly string[]): Promise<number> {
  const folder = import.meta.dirname;
  if (!options.includes("--check")) {
    const written = await updateDocuments(folder, documents);
    process.stdout.write(`Written: ${written.map(showPath).join(", ") || "nothing, all were in step"}\n`);
    return 0;
  }
  const stale = await findStaleDocuments(folder, documents);
  for (const { file } of stale)
    process.stderr.write(`${showPath(file)} is out of step with the code: run \`npm run docs\`.\n`);
  return stale.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
