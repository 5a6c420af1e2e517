import path from "node:path";
import { describeVariables } from "../src/app/environment.ts";

/** What `npm start` is to start; see {@link chooseStart}. */
export type StartChoice =
  /** The service alone, on the real parts that the environment names. */
  | { readonly kind: "service" }
  /** The service on stand-ins; on a database of the caller's where one is given. */
  | { readonly kind: "sandbox"; readonly databaseUrl: string | null }
  /** Neither: `explanation` says what is given, what is missing and what to do. */
  | { readonly kind: "refused"; readonly explanation: string };

type GivenEnvironment = Readonly<Record<string, string | undefined>>;

/** What a variable must say to point at a real part; those that are required point at one in any case. */
const optionalPointers: readonly string[] = ["AWS_ENDPOINT_URL_SQS", "SQS_DLQ_URL", "MPC_ALLOWED_ORIGINS"];

/**
 * Decides what `npm start` starts. Queue, Manage POM Cases, database and what goes with them are all real or
 * all stand-ins, for a real queue with a simulated Manage POM Cases would acknowledge real events; only the database may
 * be given alone. Production never gets a stand-in: there the service itself lists what is missing. Pure.
 */
export function chooseStart(environment: GivenEnvironment): StartChoice {
  if (environment["NODE_ENV"] === "production") return { kind: "service" };
  const isSet = (name: string) => (environment[name] ?? "").trim() !== "";
  const required = describeVariables().filter(({ unset }) => unset === "required");
  const missing = required.filter(({ name }) => !isSet(name));
  const given = [...required.map(({ name }) => name), ...optionalPointers].filter(isSet);
  if (missing.length === 0) return { kind: "service" };
  const standsAlone = given.every((name) => name === "DATABASE_URL");
  if (!standsAlone) return { kind: "refused", explanation: explainMix(given, missing) };
  if (environment["CONSUMER_ENABLED"]?.trim() === "false") return { kind: "refused", explanation: needsConsumer };
  return { kind: "sandbox", databaseUrl: environment["DATABASE_URL"]?.trim() || null };
}

const needsConsumer =
  "The sandbox shows what the consumer does, and CONSUMER_ENABLED=false turns it off: unset CONSUMER_ENABLED.";

interface Missing {
  readonly name: string;
  readonly meaning: string;
}

function explainMix(given: readonly string[], missing: readonly Missing[]): string {
  return [
    "Real parts and stand-ins are not mixed: a stand-in of Manage POM Cases would acknowledge real events.",
    `These are set: ${given.join(", ")}.`,
    "For the service on real parts, also set:",
    ...missing.map(({ name, meaning }) => `  - ${name}: ${meaning}.`),
    "For the sandbox, unset all of them; only DATABASE_URL may be given alone, with an empty database.",
  ].join("\n");
}

const ofRealParts = /^(?:DATABASE_URL$|DELIUS_|AWS_|SQS_|MPC_|AUTH_|CONSOLE_|SESSION_|LDAP_(?!CACHE_))/;

/** The variables that say how the service works, without those that say what it works with. Pure. */
export function keepRules(environment: GivenEnvironment): GivenEnvironment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ofRealParts.test(name)));
}

/** Where the sandbox keeps its state: an absolute path. */
export function locateState(environment: GivenEnvironment): string {
  const root = path.dirname(import.meta.dirname);
  return path.resolve(environment["SANDBOX_DIRECTORY"] || path.join(root, ".sandbox"));
}
