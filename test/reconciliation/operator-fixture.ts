import { execFile } from "node:child_process";
import path from "node:path";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { generatedPrisoners, listKnownDrift, type KnownDrift } from "../../sandbox/seed/drifted-cases.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { startIssuer } from "../support/issuer.ts";
import { createServiceRole } from "../support/service-role.ts";
import { startService, type ServiceSettings, type TestService } from "../support/service.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly answer: unknown;
}

/** How a command ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Someone who calls a service, and runs its commands, with a database user that has the granted rights alone. */
export interface Operator extends AsyncDisposable {
  readonly service: TestService;
  /** As its owner sees it. */
  readonly database: TestDatabase;
  /** The variables of the service. */
  readonly environment: Readonly<Record<string, string>>;
  /** Calls a path, with `body` by POST. */
  ask(address: string, asked?: { readonly role?: string; readonly body?: unknown }): Promise<Answer>;
  /** Runs a command of the service. */
  run(...words: readonly string[]): Promise<Ended>;
}

/** An operator of 500 cases of which a tenth drifts. */
export interface DriftOperator extends Operator {
  readonly known: readonly KnownDrift[];
}

const root = path.dirname(path.dirname(import.meta.dirname));

/** Starts everything; a `database` that is given is disposed with it. */
export async function startOperator(settings: Omit<ServiceSettings, "environment"> = {}): Promise<Operator> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(settings.database ?? (await createTestDatabase()));
  const role = starting.use(await createServiceRole(database));
  const issuer = starting.use(await startIssuer());
  const given = { DATABASE_URL: role.url, AUTH_ISSUER: issuer.issuer, AUTH_JWKS_URL: issuer.jwksUrl };
  const service = starting.use(await startService({ ...settings, database, environment: given }));
  const environment = { ...service.environment, ...given };
  const resources = starting.move();
  return {
    service,
    database,
    environment,
    ask: async (address, { role: held = "OPERATE", body } = {}) => {
      const token = await issuer.sign({ authorities: [`ROLE_MPC_DELIUS_${held}`], user_name: "A_PERSON" });
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const asked = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
      const response = await fetch(service.address + address, asked);
      return { status: response.status, answer: await response.json() };
    },
    run: (...words) => run(words, environment),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Starts everything with drift in it. */
export async function startDriftOperator(): Promise<DriftOperator> {
  const generation = { cases: 500, drift: 10, seed: 1 };
  const database = await createTestDatabase("template1");
  await seedDatabase({ url: database.url, ...generation });
  const prisoners = [...describeFirstPrisoners(), ...generatedPrisoners(generation)];
  const operator = await startOperator({ database, prisoners, hasOtherCallers: true });
  return { ...operator, known: listKnownDrift(generation) };
}

function run(words: readonly string[], given: Readonly<Record<string, string>>): Promise<Ended> {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const ended = Promise.withResolvers<Ended>();
  const settings = { cwd: root, env: { PATH, NODE_COMPILE_CACHE, ...given } };
  execFile(process.execPath, ["src/commands/cli.ts", ...words], settings, (error, stdout, stderr) => {
    ended.resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
  });
  return ended.promise;
}

/** Lets Manage POM Cases say of everybody that no handover date applies, and lose the events. */
export async function clearAllDates({ service: { mpc } }: Operator): Promise<void> {
  const cleared = { kind: "setHandover", handoverDate: null, handoverStartDate: null } as const;
  await Promise.all(mpc.prisoners().map(({ noms }) => mpc.act(noms, cleared, { announce: false })));
}

/** The numbers of these cases in Delius's database. */
export async function listOffenders({ database }: Operator, numbers: readonly string[]): Promise<readonly number[]> {
  const rows = await database.query(
    "select offender_id as id from offender where crn like 'Y%' and training_session_id is null and noms_number = any($1)",
    [numbers],
  );
  return rows.map(({ id }) => Number(id));
}

/** How many live handover dates these cases have in Delius. */
export async function countDates({ database }: Operator, numbers: readonly string[]): Promise<number> {
  const rows = await database.query(
    `select from offender join event using (offender_id) join disposal using (event_id) join custody using (disposal_id)
       join key_date using (custody_id) join r_standard_reference_list on standard_reference_list_id = key_date_type_id
     where code_value in ('POM1', 'POM2') and key_date.soft_deleted = 0
       and key_date.training_session_id is null and noms_number = any($1)`,
    [numbers],
  );
  return rows.length;
}

/** The codes of the officers whose open POM rows these cases have. */
export async function listOpenPoms({ database }: Operator, numbers: readonly string[]): Promise<readonly string[]> {
  const rows = await database.query(
    `select rtrim(officer_code) as code from offender join prison_offender_manager pom using (offender_id)
     join staff on staff_id = allocation_staff_id
     where pom.soft_deleted = 0 and pom.end_date is null and noms_number = any($1)`,
    [numbers],
  );
  return rows.map(({ code }) => String(code));
}
