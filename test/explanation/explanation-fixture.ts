import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { describeFirstPrisoners } from "../../sandbox/mpc/first-prisoners.ts";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { startIssuer } from "../support/issuer.ts";
import { handoverAnswer, handoverEvent, paths, toNotification } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { createServiceRole } from "../support/service-role.ts";
import { createTestDatabase } from "../support/test-database.ts";

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How the command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The service after some events, as a database user with its granted rights. */
export interface ExplainedCases extends AsyncDisposable {
  readonly service: TestService;
  /** Asks an instance for an explanation, with a role. */
  ask(whom: string, role?: string, address?: string): Promise<Answer>;
  /** `npm run explain`, on the same database and stand-ins. */
  tell(...words: readonly string[]): Promise<CommandResult>;
}

const root = path.dirname(path.dirname(import.meta.dirname));

function requireOfficer(surname: string) {
  const officer = managers.find((manager) => manager.surname === surname);
  if (officer === undefined) throw new Error(`The simulator has no officer ${surname}.`);
  return officer;
}

/** Starts the service and lets some things happen to two persons, one after another. Dispose stops everything. */
export async function startExplainedCases(extra: NodeJS.ProcessEnv = {}): Promise<ExplainedCases> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase());
  // Each session takes 500 numbers at once, and which session writes is chance: the numbers stand in what is explained.
  for (const table of ["prison_offender_manager", "responsible_officer", "key_date"]) {
    await database.query(`alter sequence ${table}_id_seq cache 1`);
  }
  const role = starting.use(await createServiceRole(database));
  const issuer = starting.use(await startIssuer());
  const environment = { DATABASE_URL: role.url, AUTH_ISSUER: issuer.issuer, AUTH_JWKS_URL: issuer.jwksUrl, ...extra };
  const prisoners = describeFirstPrisoners();
  const service = starting.use(await startService({ database, environment, prisoners, hasOtherCallers: true }));
  await letThingsHappen(service);
  const resources = starting.move();
  return {
    service,
    ask: async (whom, held = "ROLE_MPC_DELIUS_VIEW", address = service.address) => {
      const token = await issuer.sign({ authorities: [held] });
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${address}/operations/cases/${whom}`, { headers });
      return { status: response.status, body: await response.json() };
    },
    tell: (...words) => run(words, { ...service.environment, ...environment }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function letThingsHappen(service: TestService): Promise<void> {
  const [newcomer, successor] = [requireOfficer("POM"), requireOfficer("Lindqvist")];
  const perform = async (noms: string, action: Action, time: string) => {
    const published = await service.mpc.act(noms, action, { occurredAt: new Date(`2026-04-02T${time}:00Z`) });
    for (const { messageId } of published) await service.settled(messageId);
  };
  await perform("A1001AA", { kind: "allocate", manager: newcomer, prison: "LEI" }, "10:30");
  service.mpc.answerWith("/api/handovers/A1001AA", [{ status: 500, body: "{}" }]);
  await perform("A1001AA", dates("2027-03-01", "2027-01-04"), "10:40");
  await perform("A1001AA", { kind: "allocate", manager: newcomer, prison: "XXX" }, "10:50");
  await perform("A1002AA", { kind: "allocate", manager: successor, prison: "LEI" }, "10:30");
  await perform("A1002AA", dates(null, null), "10:40");
  await perform("A1005AA", dates("2027-03-01", null), "10:30");
  // Delius does not have the first and the third, and has deleted the second.
  for (const noms of ["Z9999ZZ", "A1012AA"]) {
    service.mpc.answerWith(paths.handover(noms), [handoverAnswer("2027-03-01")]);
    await receive(service, handoverEvent(service.mpc.origin, noms));
  }
  await receive(service, { eventType: "SENTENCE_CHANGED", crn: "X999998" });
  // Lost by Manage POM Cases: no one knows of it until someone asks.
  const lost = { announce: false };
  await service.mpc.act("A1002AA", { kind: "deallocate" }, lost);
}

async function receive(service: TestService, event: Readonly<Record<string, unknown>>): Promise<void> {
  const inboxKey = randomUUID();
  await service.queue.send(toNotification(event, inboxKey));
  await service.settled(inboxKey);
}

function dates(handoverDate: string | null, handoverStartDate: string | null): Action {
  return { kind: "setHandover", handoverDate, handoverStartDate };
}

function run(words: readonly string[], given: Readonly<Record<string, string>>): Promise<CommandResult> {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const child = Promise.withResolvers<CommandResult>();
  const settings = { cwd: root, env: { PATH, NODE_COMPILE_CACHE, ...given }, encoding: "utf8" } as const;
  execFile(process.execPath, ["src/commands/cli.ts", "explain", ...words], settings, (error, stdout, stderr) => {
    child.resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
  });
  return child.promise;
}
