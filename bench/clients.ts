import { caseDetailRoles } from "../src/platform/access/access.ts";
import { consumer } from "../sandbox/credentials.ts";

/** Who may ask for tokens: the service itself, and callers of its API. */
export const benchClients = [
  { id: "manage-pom-cases-and-delius", secret: "bench", authorities: ["ROLE_MANAGE_POM_CASES"] },
  { ...consumer, authorities: [caseDetailRoles[0]] },
] as const;
