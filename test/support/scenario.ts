import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { givenRowsSchema } from "./given.ts";

/** Where the scenarios are: one folder each. */
export const scenariosDirectory = path.join(import.meta.dirname, "../scenarios");

const givenSchema = z.strictObject({
  /** What happens, as a fact. */
  title: z.string(),
  /** The rules of docs/rules.md that it shows. */
  rules: z.array(z.string().regex(/^[A-Z]\d+$/)).nonempty(),
  /** Settings that differ from the test's usual ones. */
  environment: z.record(z.string(), z.string()).default({}),
  /** Adds the person with two POMs at once. */
  overlap: z.boolean().default(false),
  rows: givenRowsSchema.prefault({}),
});

const messageSchema = z.strictObject({
  /** `topic`: published to SNS. `queue`: put into the queue itself, as raw delivery and our own refreshes are. */
  via: z.enum(["topic", "queue"]),
  /** Attributes of the message; SNS filters by `eventType`. */
  attributes: z.record(z.string(), z.string()).default({}),
  /** For the queue: the SNS notification around the event, without its `Message`. */
  notification: z.record(z.string(), z.unknown()).optional(),
  /** How often it is delivered, one after the other. */
  deliveries: z.int().min(1).default(1),
  /** The event. A text is sent as it is; `{mpc}` stands for the address of Manage POM Cases. */
  event: z.json(),
});

const answerSchema = z.strictObject({ status: z.int(), body: z.json() });
const answersSchema = z.record(z.string().startsWith("/api/"), answerSchema);

const told = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What is expected of a scenario. */
export const expectedSchema = z.strictObject({
  /** The outcomes of each delivery, as telemetry gets them. */
  outcomes: z.array(z.string()),
  /** What the journal keeps, by fact. */
  journal: z.array(
    z.strictObject({
      fact: z.string().nullable(),
      outcome: z.string(),
      dryRun: z.boolean(),
      properties: z.record(z.string(), z.string()),
      explanation: z.array(z.string()),
    }),
  ),
  /** The calls of Manage POM Cases. */
  asked: z.array(z.string()),
  /** Every row that was added or changed in the tables that the service writes. */
  rows: z.record(z.string(), z.record(z.string(), z.record(z.string(), told))),
});

/** What a scenario is played with. */
export interface Scenario {
  readonly given: z.infer<typeof givenSchema>;
  readonly message: z.infer<typeof messageSchema>;
  readonly answers: z.infer<typeof answersSchema>;
}

/** How a scenario ended. */
export interface Ended {
  readonly expected: z.infer<typeof expectedSchema>;
  /** The notes of the contacts that were added; null when none was. */
  readonly contacts: string | null;
}

/** The names of the files of a scenario. */
export const files = {
  given: "given.json",
  message: "message.json",
  answers: "mpc.json",
  expected: "expected.json",
  contacts: "contacts.txt",
} as const;

/** The names of all scenarios. */
export async function listScenarios(): Promise<readonly string[]> {
  const entries = await readdir(scenariosDirectory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** Reads what a scenario is played with. */
export async function readScenario(name: string): Promise<Scenario> {
  const [given, message, answers] = await Promise.all([
    readJson(name, files.given, givenSchema),
    readJson(name, files.message, messageSchema),
    readJson(name, files.answers, answersSchema),
  ]);
  return { given, message, answers };
}

/** Reads how a scenario is to end. */
export async function readExpected(name: string): Promise<Ended> {
  const contacts = await readFile(fileOf(name, files.contacts), "utf8").catch(() => null);
  return { expected: await readJson(name, files.expected, expectedSchema), contacts };
}

/** The path of a file of a scenario. */
export function fileOf(name: string, file: string): string {
  return path.join(scenariosDirectory, name, file);
}

async function readJson<Schema extends z.ZodType>(
  name: string,
  file: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(JSON.parse(await readFile(fileOf(name, file), "utf8")));
  if (!parsed.success) throw new Error(`${name}/${file}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
