import { directoryUser, operator, type Peers } from "./peers.ts";
import type { Address } from "./report.ts";

/** What runs. */
export interface RunningParts {
  readonly peers: Peers;
  readonly apiPort: number;
  readonly databaseUrl: string;
  readonly isOwnDatabase: boolean;
  readonly logFile: string;
}

/** Where one finds what runs, a row for each. A database of the user's is not shown: its address may hold a password. */
export function listAddresses(parts: RunningParts): readonly Address[] {
  const { peers, apiPort, databaseUrl, isOwnDatabase, logFile } = parts;
  const { environment, queue, auth, mpc, ldap } = peers;
  const api = `http://localhost:${apiPort}`;
  const { AUTH_CLIENT_ID: client, AUTH_CLIENT_SECRET: secret } = environment;
  return [
    {
      what: "Simulator of Manage POM Cases",
      where: `${mpc.origin}/`,
      hint: "Allocate, move and deallocate there, set and clear dates, release; what comes of it in Delius is told here.",
    },
    {
      what: "API documents",
      where: `${api}/swagger-ui/index.html`,
      hint: "Try it out there on X100001 or A1002AA, with a token of:",
    },
    { what: "", where: `curl -su ${client}:${secret} -d grant_type=client_credentials ${auth.tokenUrl}` },
    {
      what: "Operators' API",
      where: `${api}/operations/quarantine`,
      hint: `In the API documents; with a token of ${operator.id}:${operator.secret}, asked for as above.`,
    },
    { what: "Event documents", where: `${api}/docs/asyncapi` },
    { what: "Health of the service", where: `${api}/health` },
    isOwnDatabase
      ? { what: "Delius database", where: databaseUrl, hint: "PostgreSQL, without a password." }
      : { what: "Delius database", where: "yours, of DATABASE_URL" },
    { what: "SQS and SNS", where: queue.endpoint, hint: "Any credentials will do." },
    { what: "  our queue", where: queue.queueUrl },
    { what: "  its topic", where: queue.topicArn },
    { what: "HMPPS Auth", where: auth.issuer, hint: `Its keys: ${auth.jwksUrl}` },
    { what: "Directory (LDAP)", where: ldap.url, hint: `As ${directoryUser.bindDn}, with ${directoryUser.password}.` },
    { what: "Log of the service", where: logFile, hint: "One JSON line an entry." },
  ];
}
