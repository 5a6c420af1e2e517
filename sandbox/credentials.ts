import { caseDetailRoles, operators, queueAdmins, viewers } from "../src/platform/access/access.ts";
import { sandboxSecret } from "../src/app/config.ts";

/** The service itself, as Manage POM Cases knows it. */
export const serviceClient = {
  id: "manage-pom-cases-and-delius",
  secret: sandboxSecret,
  authorities: ["ROLE_MANAGE_POM_CASES"],
};

/** Manage POM Cases, as it calls our API. */
export const consumer = { id: "manage-pom-cases", secret: sandboxSecret, authorities: [caseDetailRoles[0]] };

/** Someone who may look at what the service does. */
const viewer = { id: "viewer", secret: sandboxSecret, authorities: [viewers[0]] };

/** Someone who looks after the service. */
export const operator = { id: "operator", secret: sandboxSecret, authorities: [...operators] };

/** Someone who may reach into the queues themselves. */
const queueAdmin = { id: "queue-admin", secret: sandboxSecret, authorities: [...queueAdmins] };

/** Who may call the sandbox's API, by what a token of theirs is for. */
export const callers = {
  "case-detail": consumer,
  view: viewer,
  operate: operator,
  "queue-admin": queueAdmin,
} as const;

/** The service's console, and who may sign in to it. */
export const consoleClient = {
  id: "manage-pom-cases-and-delius-console",
  secret: sandboxSecret,
  users: [
    { userName: "AN_OPERATOR", label: "Sign in as an operator", authorities: [...operators] },
    { userName: "A_VIEWER", label: "Sign in as a viewer", authorities: [viewers[0]] },
    { userName: "A_STRANGER", label: "Sign in as somebody without a role", authorities: [] },
  ],
} as const;

/** How the service binds at the sandbox's directory. */
export const directoryUser = { bindDn: "cn=admin,dc=moj,dc=com", password: sandboxSecret };
