import { directoryUser } from "./credentials.ts";
import type { Address } from "./report.ts";
import type { RunningParts } from "./sandbox-state.ts";

/** Where one finds what runs, a row for each. */
export function listAddresses({ api, mpc, auth, queue, ldap, database, log }: RunningParts): readonly Address[] {
  return [
    { what: "Console", where: `${api}/console`, hint: "Sign in as an operator or a viewer with one click." },
    { what: "Simulator of Manage POM Cases", where: `${mpc}/` },
    { what: "API documents", where: `${api}/swagger-ui/index.html` },
    { what: "Event documents", where: `${api}/docs/asyncapi` },
    { what: "Health of the service", where: `${api}/health` },
    { what: "Delius database", where: database ?? "yours, of DATABASE_URL" },
    { what: "SQS and SNS", where: queue.endpoint },
    { what: "HMPPS Auth", where: auth.issuer },
    { what: "Directory (LDAP)", where: ldap },
    { what: "Log of the service", where: log },
  ];
}

/** What else one needs to use them with tools of one's own. */
export function listDetails({ auth, queue }: RunningParts): readonly Address[] {
  return [
    { what: "Queue of the service", where: queue.queueUrl, hint: "Any AWS credentials will do." },
    { what: "Topic that it subscribes to", where: queue.topicArn },
    { what: "Tokens", where: auth.tokenUrl },
    { what: "Keys of the tokens", where: auth.jwksUrl },
    { what: "User of the directory", where: directoryUser.bindDn, hint: `Password: ${directoryUser.password}` },
  ];
}
