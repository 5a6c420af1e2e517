import { z } from "zod";
import { caseDetailRoles } from "../platform/access/access.ts";
import { listTlsFaults } from "../platform/database/database-address.ts";
import { logLevels } from "../platform/process/log.ts";
import { minRetentionDays } from "../operations/retention/retention.ts";

/** What the documentation says about a variable. */
export interface VariableMeta {
  readonly meaning: string;
  /** Which values it takes. */
  readonly allowed: string;
  /** What holds when it is unset: a value, or a word that it must or may be set. */
  readonly unset: { readonly value: string } | "required" | "optional";
}

const metas = new WeakMap<z.ZodType, VariableMeta>();

// A copy each time: variables share schemas, and what is said of one must not be said of another.
function required<Schema extends z.ZodType>(schema: Schema, meaning: string): Schema {
  return describe(schema.clone(), { meaning, allowed: allowedBy(schema), unset: "required" });
}

function optional<Schema extends z.ZodType>(schema: Schema, meaning: string) {
  return describe(schema.optional(), { meaning, allowed: allowedBy(schema), unset: "optional" });
}

function standard<Schema extends z.ZodType<unknown, string>>(schema: Schema, value: string, meaning: string) {
  return describe(z.string().prefault(value).pipe(schema), { meaning, allowed: allowedBy(schema), unset: { value } });
}

function allowedBy({ description = "text" }: z.ZodType): string {
  return description;
}

function describe<Schema extends z.ZodType>(schema: Schema, meta: VariableMeta): Schema {
  metas.set(schema, meta);
  return schema;
}

const text = z.string().regex(/^\P{Cc}+$/u, "must not hold line ends or other control characters");

/** A variable's values, described by the same words in the documentation and in a fault: "must be …". */
function values<Schema extends z.ZodType>(allowed: string, make: (fault: string) => Schema): Schema {
  return make(`must be ${allowed}`).describe(allowed);
}

const whole = (least: number, most: number) =>
  values(`a whole number from ${least} to ${most}`, (fault) =>
    z
      .string()
      .regex(/^\d+$/, fault)
      .transform(Number)
      .refine((value) => value >= least && value <= most, fault),
  );
const oneOf = <const Names extends readonly string[]>(names: Names, allowed: string) =>
  values(allowed, (fault) => z.enum(names, fault));
const webAddress = values("an http: or https: address", (error) => z.url({ protocol: /^https?$/, error }));
const databaseAddress = values("a postgres:// address", (error) =>
  z.url({ protocol: /^postgres(ql)?$/, error }).superRefine((address, context) => {
    listTlsFaults(address).forEach((message) => context.addIssue({ code: "custom", message }));
  }),
);
// HMPPS Auth compares the id as it stands, other servers decode it: these characters would differ.
const clientId = text
  .regex(/^[^:%+]+$/, "must not hold a colon, a percent sign or a plus sign")
  .describe("text without a colon, a percent sign or a plus sign");
const identifier = values("a plain identifier", (fault) => z.string().regex(/^[A-Za-z_]\w*$/, fault));
const flag = oneOf(["true", "false"], "true or false");
const isOn = flag.transform((value) => value === "true").describe(allowedBy(flag));
const delays = z
  .string()
  .regex(/^\d+(\s*,\s*\d+)*$/, "must be whole seconds, separated by commas")
  .transform((value) => value.split(",").map(Number))
  .refine(
    (seconds) => seconds.every((value) => value <= 43_200),
    "must be at most 43200 seconds each, the queue's limit",
  )
  .describe("whole seconds, separated by commas, each at most 43200");
const share = values("a number from 0 to 1", (fault) =>
  z
    .string()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, fault)
    .transform(Number),
);
/** As OpenTelemetry writes them: `name=value`, separated by commas, the values percent-encoded. */
const pairs = values("name=value, separated by commas", (fault) =>
  z
    .string()
    .regex(/^\s*[^=,\s]+=[^,]*(,\s*[^=,\s]+=[^,]*)*$/, fault)
    .refine(isEncoded, fault)
    .transform((value) => Object.fromEntries(value.split(",").map(readPair))),
);
const list = z.string().transform((value) => value.split(",").flatMap((item) => item.trim() || []));

function isEncoded(value: string): boolean {
  return !/%(?![\da-f]{2})/i.test(value);
}

function readPair(pair: string): readonly [name: string, value: string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
}

/** Every variable that the service reads, in the order in which it is documented. */
export const environmentSchema = z.object({
  PORT: standard(whole(0, 65_535), "8080", "Port of the API; 0 is any free one"),
  HOST: standard(text, "0.0.0.0", "Address of the network interface that the API listens on"),
  DATABASE_URL: required(
    databaseAddress.describe("a postgres:// address; TLS by `?sslmode=` and `&sslrootcert=`, see below"),
    "Address of the Delius database on PostgreSQL 15 or newer, with user and password",
  ),
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
  SQS_DLQ_URL: optional(webAddress, "Its dead-letter queue; found from the queue's redrive policy when unset"),
  MPC_API_URL: required(webAddress, "Manage POM Cases; its origin may be called with our token"),
  MPC_ALLOWED_ORIGINS: standard(
    list.describe("origins like https://host, separated by commas"),
    "",
    "Further origins that detail URLs may name and that may be called with our token, separated by commas",
  ),
  CLUSTER_LOCAL_HTTP_ORIGINS: standard(
    list.describe("origins like http://name.namespace.svc, separated by commas"),
    "",
    "Origins inside the cluster that production may call by http:, separated by commas; no token goes there by this alone",
  ),
  AUTH_ISSUER: required(webAddress, "The issuer that callers' tokens must name"),
  AUTH_JWKS_URL: required(webAddress, "Where HMPPS Auth publishes the keys of its tokens"),
  AUTH_AUDIENCE: optional(text, "The audience that callers' tokens must name; not checked when unset"),
  AUTH_ROLES: standard(
    list
      .refine((roles) => roles.length > 0, "must name at least one role")
      .describe("at least one role, separated by commas"),
    caseDetailRoles.join(","),
    "Roles that may read case data, separated by commas; a caller needs one of them",
  ),
  AUTH_TOKEN_URL: required(webAddress, "HMPPS Auth's token endpoint"),
  AUTH_CLIENT_ID: required(clientId, "Our client at HMPPS Auth"),
  AUTH_CLIENT_SECRET: required(text, "Its secret"),
  LDAP_URL: required(
    values("an ldap: or ldaps: address", (error) => z.url({ protocol: /^ldaps?$/, error })),
    "The directory of probation staff, for e-mail addresses",
  ),
  LDAP_BIND_DN: required(text, "The directory user that we ask as"),
  LDAP_PASSWORD: required(text, "Its password"),
  LDAP_USER_BASE: standard(text, "ou=Users,dc=moj,dc=com", "The branch of the directory that holds the users"),
  LDAP_CACHE_SECONDS: standard(
    whole(0, 604_800),
    "3600",
    "Seconds for which an e-mail address is used without asking again",
  ),
  API_REQUESTS_PER_SECOND: standard(whole(1, 1_000_000), "1000", "Requests a second that one client may make"),
  CONSUMER_ENABLED: standard(
    isOn,
    "true",
    "Whether to receive messages; replays, refreshes, the removal of old rows and the API go on without",
  ),
  CONSUMER_CONCURRENCY: standard(whole(1, 256), "96", "Messages in work at once"),
  RETRY_DELAYS_S: standard(
    delays,
    "1,10,60,600",
    "Seconds until the attempt after the first, second … failed one; the last repeats",
  ),
  HANDOVER_NULL_DATES: standard(
    oneOf(["delete", "keep"], "delete or keep"),
    "delete",
    "What a handover date that is null does to Delius's key date",
  ),
  RETENTION_DAYS: standard(
    whole(minRetentionDays, 3_650),
    "90",
    "Days for which settled messages and decisions that wrote nothing are kept",
  ),
  HISTORY_DAYS: standard(
    whole(minRetentionDays, 36_500),
    "2190",
    "Days for which decisions that wrote something stay explainable",
  ),
  LOG_LEVEL: standard(oneOf(logLevels, `one of ${logLevels.join(", ")}`), "info", "Least level that is logged"),
  CONSOLE_URL: optional(
    values("an http: or https: origin like https://host", (fault) =>
      z.string().refine((address) => URL.canParse(address) && new URL(address).origin === address, fault),
    ),
    "Where browsers find the console, without `/console`; the console is off when this and the four below are unset",
  ),
  CONSOLE_CLIENT_ID: optional(clientId, "The client at HMPPS Auth by which people sign in (authorization code)"),
  CONSOLE_CLIENT_SECRET: optional(text, "Its secret"),
  AUTH_AUTHORIZE_URL: optional(webAddress, "Where HMPPS Auth lets people sign in; it signs out at `../sign-out`"),
  SESSION_SECRET: optional(
    values("text of at least 32 characters", (fault) => text.min(32, fault)),
    "The secret that seals sessions, the same for every replica; after a change everyone has to sign in again",
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    webAddress,
    "The OpenTelemetry collector that takes traces, metrics and custom events; nothing is sent when unset",
  ),
  OTEL_EXPORTER_OTLP_HEADERS: optional(pairs, "Headers for the collector, such as its key"),
  OTEL_EXPORTER_OTLP_PROTOCOL: standard(oneOf(["http/json"], "http/json"), "http/json", "How telemetry is sent"),
  OTEL_SERVICE_NAME: standard(text, "manage-pom-cases-and-delius", "What telemetry calls the service"),
  OTEL_RESOURCE_ATTRIBUTES: optional(pairs, "What telemetry says of the service beside its name and version"),
  OTEL_TRACES_SAMPLER: standard(
    oneOf(["parentbased_traceidratio", "parentbased_always_on"], "parentbased_traceidratio or parentbased_always_on"),
    "parentbased_always_on",
    "Which traces are kept: those that their sender keeps, and of those that begin here all, or a share",
  ),
  OTEL_TRACES_SAMPLER_ARG: standard(share, "1", "That share, for parentbased_traceidratio"),
  OTEL_METRIC_EXPORT_INTERVAL: standard(
    whole(1_000, 3_600_000),
    "60000",
    "Milliseconds between two sendings of metrics",
  ),
  BUILD_VERSION: optional(text, "Version that /info shows; that of the package when unset"),
  BUILD_COMMIT: optional(text, "Commit that /info shows"),
  NODE_ENV: standard(text, "development", "`production` refuses stand-ins and unsafe addresses"),
});

/** What {@link environmentSchema} makes of an environment. */
export type Environment = z.infer<typeof environmentSchema>;

/** What the documentation says of each variable, in order. */
export function describeVariables(): readonly (VariableMeta & { readonly name: string })[] {
  return Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const meta = metas.get(schema);
    return meta === undefined ? [] : [{ name, ...meta }];
  });
}
