import { parseArgs } from "node:util";
import { z } from "zod";
import { openDatabase } from "./adapters/database.ts";
import { inspectDelius } from "./adapters/delius.ts";
import { DependencyError } from "./adapters/dependency-error.ts";
import { HttpError } from "./adapters/http-error.ts";
import { createLog } from "./adapters/log.ts";
import { ConfigError, readConfig } from "./config.ts";
import { createAskPresent } from "./consumer.ts";
import { renderTimeline } from "./explanation/case-timeline.ts";
import { messagePlaceSchema } from "./explanation/explanation.ts";
import { explainCase, type ExplanationRequest } from "./explanation/explanation-handler.ts";
import type { Explanation } from "./explanation/explanation-schema.ts";
import { cursorOf, standardSize } from "./operations/paging.ts";
import { readIdentifier } from "./person/person.ts";

const usage = `Usage: npm run explain -- <CRN or NOMS number> [--json] [--size <1–200>] [--before <place>]

Tells how a case stands in Delius, what would happen if it were compared with Manage POM Cases now, and every message
about it, the newest first. Writes nothing. It reads the database and asks Manage POM Cases with the variables of the
service; where DATABASE_URL is not set it uses the sandbox that runs in this folder.

  --json     the same as JSON, as GET /operations/cases/{crnOrNoms} answers it
  --size     most messages to tell; ${standardSize} by default
  --before   only messages older than this place, which the page before named
  --help     show this text
`;

interface Options {
  readonly isJson: boolean;
  readonly request: ExplanationRequest;
}

/** `npm run explain`: tells everything about one case on standard output. Answers the process's exit code. */
export async function explain(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const options = readOptions(args);
  if (typeof options === "string") {
    process.stderr.write(`${options}\n\n${usage}`);
    return 2;
  }
  try {
    const explanation = await findExplanation(environment, options.request);
    process.stdout.write(`${options.isJson ? JSON.stringify(explanation, null, 2) : render(explanation)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof HttpError) && !(error instanceof DependencyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function findExplanation(environment: NodeJS.ProcessEnv, request: ExplanationRequest): Promise<Explanation> {
  const config = readConfig(environment);
  await using resources = new AsyncDisposableStack();
  const database = resources.use(openDatabase({ ...config.database, poolSize: 2 }));
  const delius = await inspectDelius(database, { ...config.database, log: createLog("silent") });
  if ("faults" in delius) throw new ConfigError(delius.faults);
  const parts = { config, database, clock: Date.now, random: Math.random, resources, onCall: () => undefined };
  const askPresent = createAskPresent(parts, delius);
  return await explainCase({ reads: database, askPresent }, request, new AbortController().signal);
}

const widest = 120;
const widthOfFiles = 100;

function render(explanation: Explanation): string {
  const { columns, isTTY: isTerminal } = process.stdout;
  const width = isTerminal ? Math.min(columns, widest) : widthOfFiles;
  return renderTimeline({ width, hasEmphasis: isTerminal }, explanation);
}

const flags = { json: { type: "boolean" }, size: { type: "string" }, before: { type: "string" } } as const;

const wrongCase = "Name one case: a CRN like X123456 or a NOMS number like A1234BC.";
const wrongSize = "--size must be a whole number from 1 to 200.";
const wrongPlace = "--before must be the place that the page before named.";
const cases = z.tuple([z.string()], wrongCase).transform(([name], context) => {
  const identifier = readIdentifier(name);
  if (identifier === null) context.addIssue({ code: "custom", message: wrongCase });
  return identifier ?? z.NEVER;
});
const optionsSchema = z.object({
  positionals: cases,
  values: z.object({
    json: z.boolean().default(false),
    size: z.coerce.number(wrongSize).int(wrongSize).min(1, wrongSize).max(200, wrongSize).default(standardSize),
    before: cursorOf(messagePlaceSchema).optional(),
  }),
});

/** What is asked for, or what is wrong with it. */
function readOptions(args: readonly string[]): Options | string {
  const given = parse(args);
  if (typeof given === "string") return given;
  const { success, data, error } = optionsSchema.safeParse(given);
  if (!success)
    return error.issues.map(({ path, message }) => (path[1] === "before" ? wrongPlace : message)).join("\n");
  const { positionals: identifier, values } = data;
  const { json: isJson, size, before = null } = values;
  return { isJson, request: { identifier, size, before } };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
