import { z } from "zod";
import { readOptions, splitCommandLine, UsageError, type Command } from "./command-line.ts";
import { readComparisonConfig, type ComparisonConfig } from "../app/config.ts";
import { renderTimeline } from "./terminal/case-timeline.ts";
import { explainCase, type ExplanationRequest } from "../operations/explanation/explanation-handler.ts";
import { messagePlaceSchema, type Explanation } from "../operations/explanation/explanation-schema.ts";
import { cursorOf, standardSize } from "../platform/web/paging.ts";
import { readIdentifier } from "../delius/person/person.ts";

const usage = `Usage: npm run explain -- <CRN or NOMS number> [--json] [--size <1–200>] [--before <place>]

Says how a case stands in Delius, what would happen if it were compared with Manage POM Cases now, and every message
about it, newest first; also for a number that messages named and Delius has no case for, or a deleted one. Writes
nothing. It reads the database and asks Manage POM Cases with the variables of the
service; where DATABASE_URL is not set it uses the sandbox that runs in this folder.

  --json     the same as JSON, as GET /operations/cases/{crnOrNoms} answers it
  --size     messages to show at most; ${standardSize} by default
  --before   only messages older than this place, which the page before named
  --help     show this text
`;

interface Options {
  readonly isJson: boolean;
  readonly request: ExplanationRequest;
}

/** `npm run explain`: says everything about one case on standard output. */
export const explainCommand: Command = { usage, run: explain };

async function explain(...[environment, args]: Parameters<Command["run"]>): Promise<number> {
  const { isJson, request } = readRequest(args);
  const explanation = await findExplanation(readComparisonConfig(environment), request);
  process.stdout.write(`${isJson ? JSON.stringify(explanation, null, 2) : render(explanation)}\n`);
  return 0;
}

async function findExplanation(config: ComparisonConfig, request: ExplanationRequest): Promise<Explanation> {
  await using resources = new AsyncDisposableStack();
  const { openCommandParts } = await import("../app/command-parts.ts");
  const { reads, askPresent } = await openCommandParts(config, resources);
  const { signal } = new AbortController();
  return await explainCase({ reads, username: config.database.username, askPresent }, request, signal);
}

const widest = 120;
const widthOfFiles = 100;

function render(explanation: Explanation): string {
  const { columns, isTTY: isTerminal } = process.stdout;
  const width = isTerminal ? Math.min(columns, widest) : widthOfFiles;
  return renderTimeline({ width, hasEmphasis: isTerminal }, explanation);
}

const wrongCase = "Name one case: a CRN like X123456 or a NOMS number like A1234BC.";
const wrongSize = "must be a whole number from 1 to 200";
const optionsSchema = z.object({
  json: z.boolean().default(false),
  size: z
    .string()
    .regex(/^\d{1,3}$/, wrongSize)
    .transform(Number)
    .pipe(z.int().min(1, wrongSize).max(200, wrongSize))
    .optional(),
  before: z.string().optional(),
});
const placeSchema = cursorOf(messagePlaceSchema);

/** What is asked for. Raises {@link UsageError}. */
function readRequest(args: readonly string[]): Options {
  const { positionals, values } = splitCommandLine("explain", args);
  const [name = "", ...others] = positionals;
  const identifier = others.length === 0 ? readIdentifier(name) : null;
  if (identifier === null) throw new UsageError([wrongCase]);
  const { json: isJson, size = standardSize, before } = readOptions(optionsSchema, values);
  if (before === undefined) return { isJson, request: { identifier, size, before: null } };
  const place = placeSchema.safeParse(before);
  if (!place.success)
    throw new UsageError([`--before must be the place that the page before named, and not "${before}".`]);
  return { isJson, request: { identifier, size, before: place.data } };
}
