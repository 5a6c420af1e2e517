import { z } from "zod";
import type { DatabaseSettings } from "./adapters/database.ts";
import type { AuthSettings } from "./adapters/hmpps-auth.ts";
import { logLevels, type LogLevel } from "./adapters/log.ts";
import type { QueueSettings } from "./adapters/queue.ts";
import { secret } from "./adapters/secret.ts";

/** Everything that can be set from outside, parsed (spec 7.2). */
export interface Config {
  readonly database: DatabaseSettings & { readonly username: string };
  readonly queue: QueueSettings;
  /** The origins that may be called with our token; the first is Manage POM Cases' own. */
  readonly mpc: { readonly origins: readonly [string, ...string[]] };
  readonly auth: AuthSettings;
  readonly consumer: { readonly enabled: boolean; readonly concurrency: number };
  readonly rules: {
    readonly nullDates: "delete" | "keep";
    /** Seconds to hide a message for after its first, second … failed attempt; the last one repeats. */
    readonly retryDelays: readonly number[];
  };
  readonly logLevel: LogLevel;
}

/** The configuration, or what it points to, cannot be used; the message lists all faults, each with what to set. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  /** Each fault is a sentence for an operator. */
  constructor(faults: readonly string[]) {
    super(`The service cannot start:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

/** What the documentation tells of a variable. */
export interface VariableMeta {
  readonly meaning: string;
  /** What holds when it is unset: a value, or a word that it must or may be set. */
  readonly unset: { readonly value: string } | "required" | "optional";
}

const metas = new WeakMap<z.ZodType, VariableMeta>();

// A copy each time: variables share schemas, and what is told of one must not be told of another.
function required<Schema extends z.ZodType>(schema: Schema, meaning: string): Schema {
  return tell(schema.clone(), { meaning, unset: "required" });
}

function optional<Schema extends z.ZodType>(schema: Schema, meaning: string) {
  return tell(schema.optional(), { meaning, unset: "optional" });
}

function standard<Schema extends z.ZodType<unknown, string>>(schema: Schema, value: string, meaning: string) {
  return tell(z.string().prefault(value).pipe(schema), { meaning, unset: { value } });
}

function tell<Schema extends z.ZodType>(schema: Schema, meta: VariableMeta): Schema {
  metas.set(schema, meta);
  return schema;
}

const text = z.string().min(1);
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);
const webAddress = z.url({ protocol: /^https?$/, error: "must be an http: or https: address" });
const databaseAddress = z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgres:// address" });
const identifier = z.string().regex(/^[A-Za-z_]\w*$/, "must be a plain identifier");
const flag = z.enum(["true", "false"], "must be true or false").transform((value) => value === "true");
const delays = z
  .string()
  .regex(/^\d+(\s*,\s*\d+)*$/, "must be whole seconds, separated by commas")
  .transform((value) => value.split(",").map(Number))
  .refine(
    (values) => values.every((value) => value <= 43_200),
    "must be at most 43200 seconds each, the queue's limit",
  );
const list = z.string().transform((value) => value.split(",").flatMap((item) => item.trim() || []));

/** Every variable that the service reads, in the order in which it is documented. */
export const environmentSchema = z.object({
  DATABASE_URL: required(databaseAddress, "Address of the Delius database on PostgreSQL, with user and password"),
  DATABASE_POOL_SIZE: standard(whole(1, 100), "4", "Most connections to the database at once"),
  DELIUS_USERNAME: standard(text, "ManagePomCasesAndDelius", "The Delius user that every written row names"),
  DELIUS_SCHEMA: standard(identifier, "public", "The schema of the Delius tables"),
  AWS_REGION: standard(
    text,
    "eu-west-2",
    "AWS region of the queue; credentials come from the AWS SDK's standard places",
  ),
  AWS_ENDPOINT_URL_SQS: optional(webAddress, "Address of SQS where it is not AWS's own"),
  SQS_QUEUE_URL: required(webAddress, "Our queue"),
  MPC_API_URL: required(webAddress, "Manage POM Cases; its origin may be called with our token"),
  MPC_ALLOWED_ORIGINS: standard(list, "", "Further origins that detail URLs may name, separated by commas"),
  AUTH_TOKEN_URL: required(webAddress, "HMPPS Auth's token endpoint"),
  AUTH_CLIENT_ID: required(text, "Our client at HMPPS Auth"),
  AUTH_CLIENT_SECRET: required(text, "Its secret"),
  CONSUMER_ENABLED: standard(flag, "true", "Whether to receive messages"),
  CONSUMER_CONCURRENCY: standard(whole(1, 256), "16", "Messages in work at once"),
  RETRY_DELAYS_S: standard(
    delays,
    "1,10,60,600",
    "Seconds until the attempt after the first, second … failed one; the last repeats",
  ),
  HANDOVER_NULL_DATES: standard(
    z.enum(["delete", "keep"], "must be delete or keep"),
    "delete",
    "What a handover date that is null does to Delius's key date",
  ),
  LOG_LEVEL: standard(
    z.enum(logLevels, `must be one of ${logLevels.join(", ")}`),
    "info",
    "Least level that is logged",
  ),
  NODE_ENV: standard(text, "development", "`production` refuses stand-ins and unsafe addresses"),
});

/** What {@link environmentSchema} makes of an environment. */
export type Environment = z.infer<typeof environmentSchema>;

/** What the documentation tells of each variable, in order. */
export function describeVariables(): readonly (VariableMeta & { readonly name: string })[] {
  return Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const meta = metas.get(schema);
    return meta === undefined ? [] : [{ name, ...meta }];
  });
}

/** Parses the environment. Raises {@link ConfigError} with all faults together; never shows a value (spec 7.2). */
export function readConfig(given: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = environmentSchema.safeParse(set);
  const faults = parsed.success ? findUnsafe(parsed.data) : parsed.error.issues.map((issue) => explain(issue, set));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return assemble(parsed.data);
}

function explain({ path, message }: z.core.$ZodIssue, set: Readonly<Record<string, unknown>>): string {
  const name = String(path[0]);
  if (name in set) return `${name} ${message}.`;
  const { meaning } = describeVariables().find((variable) => variable.name === name) ?? { meaning: message };
  return `Set ${name}: ${meaning}.`;
}

function assemble(environment: Environment): Config {
  return {
    database: {
      url: secret(environment.DATABASE_URL),
      poolSize: environment.DATABASE_POOL_SIZE,
      schema: environment.DELIUS_SCHEMA,
      username: environment.DELIUS_USERNAME,
    },
    queue: {
      url: environment.SQS_QUEUE_URL,
      region: environment.AWS_REGION,
      endpoint: environment.AWS_ENDPOINT_URL_SQS,
    },
    mpc: { origins: [new URL(environment.MPC_API_URL).origin, ...environment.MPC_ALLOWED_ORIGINS] },
    auth: {
      tokenUrl: environment.AUTH_TOKEN_URL,
      clientId: environment.AUTH_CLIENT_ID,
      clientSecret: secret(environment.AUTH_CLIENT_SECRET),
    },
    consumer: { enabled: environment.CONSUMER_ENABLED, concurrency: environment.CONSUMER_CONCURRENCY },
    rules: { nullDates: environment.HANDOVER_NULL_DATES, retryDelays: environment.RETRY_DELAYS_S },
    logLevel: environment.LOG_LEVEL,
  };
}

/** Faults that no single variable shows: origins that are none, and what production must not use (spec 6.2, 6.5). */
function findUnsafe(environment: Environment): readonly string[] {
  const { MPC_ALLOWED_ORIGINS: origins } = environment;
  const malformed = origins.filter((origin) => !isOrigin(origin));
  const faults = malformed.map((origin) => `MPC_ALLOWED_ORIGINS: ${origin} is not an origin like https://host.`);
  return environment.NODE_ENV === "production" ? [...faults, ...findUnsafeInProduction(environment)] : faults;
}

function isOrigin(address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === address;
}

function findUnsafeInProduction(environment: Environment): readonly string[] {
  const { MPC_API_URL, MPC_ALLOWED_ORIGINS: listed, AUTH_TOKEN_URL, AUTH_CLIENT_SECRET } = environment;
  const addresses = {
    MPC_API_URL,
    AUTH_TOKEN_URL,
    MPC_ALLOWED_ORIGINS: listed.find((origin) => !isSafe(origin, listed)),
  };
  const unsafe = Object.entries(addresses).filter(([, address]) => address !== undefined && !isSafe(address, listed));
  const faults = unsafe.map(
    ([name]) => `${name} must be https: in production, or a cluster-local http: origin that MPC_ALLOWED_ORIGINS lists.`,
  );
  const isStandIn = AUTH_CLIENT_SECRET === sandboxSecret;
  return isStandIn ? [...faults, "AUTH_CLIENT_SECRET is the sandbox's: set the real one."] : faults;
}

/** The secret of the sandbox's client, which production refuses. */
export const sandboxSecret = "sandbox-secret";

function isSafe(address: string, listed: readonly string[]): boolean {
  const { protocol, hostname, origin } = new URL(address);
  return protocol === "https:" || (hostname.endsWith(".svc.cluster.local") && listed.includes(origin));
}
