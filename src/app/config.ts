import type { z } from "zod";
import type { DatabaseSettings } from "../platform/database/pool.ts";
import type { AuthSettings } from "../platform/access/auth-client.ts";
import type { LogLevel } from "../platform/process/log.ts";
import type { QueueSettings } from "../platform/queue/queue.ts";
import { secret } from "../platform/process/secret.ts";
import type { DirectorySettings } from "../delius/staff/staff-directory.ts";
import type { TokenRules } from "../platform/access/token-verifier.ts";
import type { TelemetrySettings } from "../platform/telemetry/open-telemetry.ts";
import { findMalformed, isClusterLocal, isOrigin } from "./origins.ts";
import { assembleTelemetry, telemetryVariables } from "./telemetry.ts";
import type { RetentionRules } from "../operations/retention/retention.ts";
import { assembleConsole, findConsoleFaults, type ConsoleConfig } from "./console-config.ts";
import { describeVariables, environmentSchema, type Environment } from "./environment.ts";

/** Everything that can be set from outside, parsed. */
export interface Config {
  /** Where the API listens; 0 is any free port. */
  readonly port: number;
  readonly host: string;
  readonly api: {
    readonly tokens: TokenRules;
    /** One of these authorities is needed for case data. */
    readonly roles: readonly string[];
    /** Requests a second that one client may make. */
    readonly requestsPerSecond: number;
  };
  readonly directory: DirectorySettings & { readonly cacheSeconds: number };
  readonly build: { readonly version: string | undefined; readonly commit: string | undefined };
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
  readonly retention: RetentionRules;
  /** Null where nothing is sent. */
  readonly telemetry: TelemetrySettings | null;
  readonly logLevel: LogLevel;
  /** Null where the console is off. */
  readonly console: ConsoleConfig | null;
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

/** What the commands that compare cases need. */
export type ComparisonConfig = Pick<Config, "database" | "queue" | "mpc" | "auth" | "rules" | "logLevel" | "telemetry">;

type Given = Readonly<Record<string, string | undefined>>;

const databaseVariables = environmentSchema.pick({
  DATABASE_URL: true,
  DATABASE_POOL_SIZE: true,
  DELIUS_SCHEMA: true,
  DELIUS_USERNAME: true,
  NODE_ENV: true,
});
const comparisonVariables = databaseVariables.extend(
  environmentSchema.pick({
    AWS_REGION: true,
    AWS_ENDPOINT_URL_SQS: true,
    SQS_QUEUE_URL: true,
    SQS_DLQ_URL: true,
    MPC_API_URL: true,
    MPC_ALLOWED_ORIGINS: true,
    CLUSTER_LOCAL_HTTP_ORIGINS: true,
    AUTH_TOKEN_URL: true,
    AUTH_CLIENT_ID: true,
    AUTH_CLIENT_SECRET: true,
    RETRY_DELAYS_S: true,
    HANDOVER_NULL_DATES: true,
    LOG_LEVEL: true,
    ...telemetryVariables,
  }).shape,
);

/** Parses the environment. Raises {@link ConfigError} with all faults together; never shows a value. */
export function readConfig(given: Given): Config {
  return assemble(readVariables(given, environmentSchema));
}

/** The same for the database alone: what is not needed need not be set. */
export function readDatabaseConfig(given: Given): Config["database"] {
  return assembleDatabase(readVariables(given, databaseVariables));
}

/** The same for what compares cases. */
export function readComparisonConfig(given: Given): ComparisonConfig {
  return assembleComparison(readVariables(given, comparisonVariables));
}

function readVariables<Shape extends z.ZodRawShape>(given: Given, schema: z.ZodObject<Shape>) {
  const set = readSet(given, schema.shape);
  const parsed = schema.safeParse(set);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = [...issues.map((issue) => explain(issue, set)), ...findUnsafe(keepSound(set, issues))];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return parsed.data;
}

/** The variables that are set, without the line end that a secret made by `echo` or an editor ends with. */
function readSet(given: Given, wanted: z.ZodRawShape): Readonly<Record<string, string>> {
  const trimmed = Object.entries(given).map(([name, value = ""]) => [name, value.replace(/[\r\n]+$/, "")] as const);
  return Object.fromEntries(trimmed.filter(([name, value]) => name in wanted && value.trim() !== ""));
}

type SoundEnvironment = { readonly [Name in keyof Environment]?: Environment[Name] | undefined };

/** The variables that can be read, so that what is unsafe in them is told together with what is missing. */
function keepSound(set: Readonly<Record<string, unknown>>, issues: readonly z.core.$ZodIssue[]): SoundEnvironment {
  const sound = Object.entries(set).filter(([name]) => !issues.some(({ path }) => path[0] === name));
  return environmentSchema.partial().parse(Object.fromEntries(sound));
}

function explain({ path, message }: z.core.$ZodIssue, set: Readonly<Record<string, unknown>>): string {
  const name = String(path[0]);
  if (name in set) return `${name} ${message}.`;
  const { meaning } = describeVariables().find((variable) => variable.name === name) ?? { meaning: message };
  return `Set ${name}: ${meaning}.`;
}

function assembleDatabase(environment: z.infer<typeof databaseVariables>): Config["database"] {
  return {
    url: secret(environment.DATABASE_URL),
    poolSize: environment.DATABASE_POOL_SIZE,
    schema: environment.DELIUS_SCHEMA,
    username: environment.DELIUS_USERNAME,
  };
}

function assembleComparison(environment: z.infer<typeof comparisonVariables>): ComparisonConfig {
  return {
    database: assembleDatabase(environment),
    queue: {
      url: environment.SQS_QUEUE_URL,
      deadLetterUrl: environment.SQS_DLQ_URL,
      region: environment.AWS_REGION,
      endpoint: environment.AWS_ENDPOINT_URL_SQS,
    },
    mpc: { origins: [new URL(environment.MPC_API_URL).origin, ...environment.MPC_ALLOWED_ORIGINS] },
    auth: {
      tokenUrl: environment.AUTH_TOKEN_URL,
      clientId: environment.AUTH_CLIENT_ID,
      clientSecret: secret(environment.AUTH_CLIENT_SECRET),
    },
    rules: { nullDates: environment.HANDOVER_NULL_DATES, retryDelays: environment.RETRY_DELAYS_S },
    logLevel: environment.LOG_LEVEL,
    telemetry: assembleTelemetry(environment),
  };
}

function assembleApi(environment: Environment): Config["api"] {
  const { AUTH_ISSUER: issuer, AUTH_JWKS_URL: jwksUrl, AUTH_AUDIENCE: audience } = environment;
  return {
    tokens: { issuer, jwksUrl, audience },
    roles: environment.AUTH_ROLES,
    requestsPerSecond: environment.API_REQUESTS_PER_SECOND,
  };
}

function assemble(environment: Environment): Config {
  return {
    ...assembleComparison(environment),
    port: environment.PORT,
    console: assembleConsole(environment),
    host: environment.HOST,
    api: assembleApi(environment),
    directory: {
      url: environment.LDAP_URL,
      bindDn: environment.LDAP_BIND_DN,
      password: secret(environment.LDAP_PASSWORD),
      userBase: environment.LDAP_USER_BASE,
      cacheSeconds: environment.LDAP_CACHE_SECONDS,
    },
    build: { version: environment.BUILD_VERSION, commit: environment.BUILD_COMMIT },
    consumer: { enabled: environment.CONSUMER_ENABLED, concurrency: environment.CONSUMER_CONCURRENCY },
    retention: { retentionDays: environment.RETENTION_DAYS, historyDays: environment.HISTORY_DAYS },
  };
}

/** Faults that no single variable shows: origins that are none, and what production must not use. */
function findUnsafe(environment: SoundEnvironment): readonly string[] {
  const { MPC_ALLOWED_ORIGINS = [], CLUSTER_LOCAL_HTTP_ORIGINS = [] } = environment;
  const faults = [
    ...findConsoleFaults(environment),
    ...findMalformed("MPC_ALLOWED_ORIGINS", MPC_ALLOWED_ORIGINS, { isRight: isOrigin, like: "https://host" }),
    ...findMalformed("CLUSTER_LOCAL_HTTP_ORIGINS", CLUSTER_LOCAL_HTTP_ORIGINS, {
      isRight: isClusterLocal,
      like: "http://host.namespace.svc.cluster.local",
    }),
  ];
  return environment.NODE_ENV === "production" ? [...faults, ...findUnsafeInProduction(environment)] : faults;
}

function findUnsafeInProduction(environment: SoundEnvironment): readonly string[] {
  const { MPC_API_URL, MPC_ALLOWED_ORIGINS = [], AUTH_TOKEN_URL, AUTH_JWKS_URL } = environment;
  const clusterLocal = environment.CLUSTER_LOCAL_HTTP_ORIGINS ?? [];
  const isSafe = (address: string) => {
    const { protocol, origin } = new URL(address);
    return protocol === "https:" || (isClusterLocal(origin) && clusterLocal.includes(origin));
  };
  const addresses = {
    MPC_API_URL,
    AUTH_TOKEN_URL,
    AUTH_JWKS_URL,
    MPC_ALLOWED_ORIGINS: MPC_ALLOWED_ORIGINS.filter(isOrigin).find((origin) => !isSafe(origin)),
  };
  const unsafe = Object.entries(addresses).filter(([, address]) => address !== undefined && !isSafe(address));
  const faults = unsafe.map(
    ([name]) => `${name} must be https: in production, or an http: origin that CLUSTER_LOCAL_HTTP_ORIGINS lists.`,
  );
  const standIns = (["AUTH_CLIENT_SECRET", "CONSOLE_CLIENT_SECRET", "LDAP_PASSWORD"] as const).filter(
    (name) => environment[name] === sandboxSecret,
  );
  return [...faults, ...standIns.map((name) => `${name} is the sandbox's: set the real one.`)];
}

/** The secret of the sandbox's client, which production refuses. */
export const sandboxSecret = "sandbox-secret";
