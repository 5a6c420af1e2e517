import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

/** The environments that we deploy to. */
export const environments = ["dev", "preprod", "prod"] as const;

/** See {@link environments}. */
export type EnvironmentName = (typeof environments)[number];

/** Where a container has a variable from: a value that all may read, or a key of a secret. */
export type VariableSource = { readonly value: string } | { readonly secret: string; readonly key: string };

/** The variables of one container, by name. */
export type Variables = Readonly<Record<string, VariableSource>>;

/** The folder of what is deployed. */
export const deployFolder = path.resolve(import.meta.dirname, "../../deploy");

/** A file of that folder. */
export function readDeployed(file: string): string {
  return readFileSync(path.join(deployFolder, file), "utf8");
}

/** The documents of a YAML file of that folder. */
export function readYaml(file: string): readonly unknown[] {
  return parseAllDocuments(readDeployed(file)).map((document): unknown => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join("; ")}`);
    return z.unknown().parse(document.toJS());
  });
}

const containerSchema = z.looseObject({
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), valueFrom: z.object({ secretKeyRef: z.record(z.string(), z.string()) }) })),
});
const podSchema = z.looseObject({ spec: z.looseObject({ containers: z.tuple([containerSchema]) }) });
const workloadSchema = z.looseObject({
  kind: z.string(),
  spec: z.looseObject({
    template: podSchema.optional(),
    jobTemplate: z.looseObject({ spec: z.looseObject({ template: podSchema }) }).optional(),
  }),
});

/** What runs in the namespace, by the file that describes it. */
export const workloadFiles = ["deployment.yaml", "migration.yaml", "reconciliation.yaml"] as const;

/** The pod of a deployment, a job or a cron job. */
export function readPod(file: (typeof workloadFiles)[number]): z.infer<typeof podSchema> {
  const { spec } = workloadSchema.parse(readYaml(`kubernetes/base/${file}`)[0]);
  return podSchema.parse(spec.template ?? spec.jobTemplate?.spec.template);
}

/** The variables of a container in one environment: of both `service.env` files, and its secrets. */
export function readVariables(file: (typeof workloadFiles)[number], environment: EnvironmentName): Variables {
  const [{ env }] = readPod(file).spec.containers;
  const secrets = env.map(({ name, valueFrom: { secretKeyRef: reference } }) => {
    const { name: secret = "", key = "" } = reference;
    return [name, { secret, key }] as const;
  });
  return { ...readEnvFile("base"), ...readEnvFile(environment), ...Object.fromEntries(secrets) };
}

function readEnvFile(folder: string): Variables {
  const lines = readDeployed(`kubernetes/${folder}/service.env`).trimEnd().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = "", value = ""] = /^([A-Z_0-9]+)=(.+)$/.exec(line) ?? [];
      return [name, { value }] as const;
    }),
  );
}

const valuesSchema = z.looseObject({
  "generic-service": z.looseObject({
    env: z.record(z.string(), z.string()).optional(),
    namespace_secrets: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  }),
});

/** The values of the chart `generic-service`, as its own values and those of an environment say; deeper ones replace. */
export function readChartVariables(environment: EnvironmentName): Variables {
  const all = ["values.yaml", `values-${environment}.yaml`].map(
    (file) => valuesSchema.parse(readYaml(`helm/${file}`)[0])["generic-service"],
  );
  const entries = all.flatMap(({ env = {}, namespace_secrets: secrets = {} }): [string, VariableSource][] => [
    ...Object.entries(env).map(([name, value]): [string, VariableSource] => [name, { value }]),
    ...Object.entries(secrets).flatMap(([secret, keys]) =>
      Object.entries(keys).map(([name, key]): [string, VariableSource] => [name, { secret, key }]),
    ),
  ]);
  return Object.fromEntries(entries);
}

/** What a process would see, with a text for each secret. */
export function fillSecrets(
  variables: Variables,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, source]) => {
      const value = "value" in source ? source.value : secrets[name];
      if (value === undefined) throw new Error(`There is no secret for ${name}.`);
      return [name, value] as const;
    }),
  );
}

/** Texts of the right kind for {@link fillSecrets}; what they are is no one's business. */
export const secretTexts: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://somebody:password@database:5432/delius?sslmode=verify-full",
  SQS_QUEUE_URL: "https://sqs.eu-west-2.amazonaws.com/1/queue",
  SQS_DLQ_URL: "https://sqs.eu-west-2.amazonaws.com/1/queue-dlq",
  AUTH_CLIENT_ID: "client",
  AUTH_CLIENT_SECRET: "secret",
  CONSOLE_CLIENT_ID: "console",
  CONSOLE_CLIENT_SECRET: "secret",
  SESSION_SECRET: "a secret of at least thirty-two characters",
  LDAP_URL: "ldaps://directory:636",
  LDAP_BIND_DN: "cn=service",
  LDAP_PASSWORD: "secret",
};
