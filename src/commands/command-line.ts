import { parseArgs } from "node:util";
import type { z } from "zod";

/** A command of the service. */
export interface Command {
  /** What `--help` shows. */
  readonly usage: string;
  /** Runs it and answers the process's exit code. Raises {@link UsageError} before it does anything. */
  readonly run: (environment: NodeJS.ProcessEnv, args: readonly string[]) => Promise<number>;
}

/** A command line cannot be carried out; each fault says which word and why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/** An option: whether it stands alone or takes a value, once or several times, and which commands have it. */
interface Option {
  readonly takes: "nothing" | "value" | "values";
  readonly commands: readonly string[];
}

const both = ["reconcile", "refresh"];

const options: Readonly<Record<string, Option>> = {
  json: { takes: "nothing", commands: ["explain", "reconcile"] },
  size: { takes: "value", commands: ["explain"] },
  before: { takes: "value", commands: ["explain"] },
  all: { takes: "nothing", commands: both },
  noms: { takes: "values", commands: both },
  crn: { takes: "values", commands: both },
  prison: { takes: "value", commands: both },
  sample: { takes: "value", commands: ["reconcile"] },
  csv: { takes: "nothing", commands: ["reconcile"] },
  to: { takes: "value", commands: ["reconcile", "seed"] },
  rate: { takes: "value", commands: both },
  parallel: { takes: "value", commands: both },
  settle: { takes: "value", commands: ["reconcile"] },
  repair: { takes: "nothing", commands: ["reconcile"] },
  apply: { takes: "nothing", commands: ["refresh"] },
  "dry-run": { takes: "nothing", commands: both },
  "remove-stale": { takes: "nothing", commands: both },
  "allow-deletes": { takes: "nothing", commands: both },
  cases: { takes: "value", commands: ["seed"] },
  seed: { takes: "value", commands: ["seed"] },
  drift: { takes: "value", commands: ["seed"] },
  fresh: { takes: "nothing", commands: ["start"] },
};

/** The words of a command line, not yet read. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Whether a command is only asked how it is used. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** Parts the words of a command. Raises {@link UsageError} for options that it does not have or that lack a value. */
export function splitCommandLine(command: string, args: readonly string[]): CommandLine {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(options).map(([name, { takes }]) => [name, parserOptions[takes]])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === "option");
  const names = given.map(({ name }) => name);
  const faults = given.flatMap((token, index) => findFault(command, token) ?? findRepeat(names, index) ?? []);
  if (faults.length > 0) throw new UsageError(faults);
  return { positionals, values };
}

const parserOptions = {
  nothing: { type: "boolean" },
  value: { type: "string" },
  values: { type: "string", multiple: true },
} as const;

interface GivenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function findFault(command: string, { name, rawName, value }: GivenOption): string | null {
  const option = Object.hasOwn(options, name) && rawName === `--${name}` ? options[name] : undefined;
  if (option === undefined) return `Unknown option ${rawName}.`;
  const { takes, commands } = option;
  if (!commands.includes(command)) return `--${name} is an option of ${commands.join(" and ")}, not of ${command}.`;
  if (takes === "nothing") return value === undefined ? null : `--${name} takes no value.`;
  return value === undefined || value.startsWith("--") ? `--${name} needs a value.` : null;
}

function findRepeat(names: readonly string[], index: number): string | null {
  const name = names[index] ?? "";
  const isRepeated = options[name]?.takes !== "values" && names.indexOf(name) < index;
  return isRepeated ? `--${name} is given twice.` : null;
}

/** The same for a command that takes options alone; `hint` says what to do with other words. */
export function splitOptions(command: string, args: readonly string[], hint: string): CommandLine["values"] {
  const { positionals, values } = splitCommandLine(command, args);
  if (positionals.length > 0) throw new UsageError(positionals.map((word) => `"${word}" is not expected: ${hint}.`));
  return values;
}

/** Reads the values of options. Raises {@link UsageError}, in which each fault names the option and what was given. */
export function readOptions<Value>(schema: z.ZodType<Value>, values: CommandLine["values"]): Value {
  const { success, data, error } = schema.safeParse(values);
  if (success) return data;
  throw new UsageError(error.issues.map(({ path, message }) => describeFault(path, message, values)));
}

function describeFault(path: readonly PropertyKey[], message: string, values: CommandLine["values"]): string {
  const [name] = path;
  if (typeof name !== "string") return `${message}.`;
  const value = values[name];
  return typeof value === "string" ? `--${name} ${message}, and not "${value}".` : `--${name} ${message}.`;
}
