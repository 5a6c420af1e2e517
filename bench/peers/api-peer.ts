import { once } from "node:events";
import { createServer } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import knex from "knex";
import { z } from "zod";
import { caseDetailRoles } from "../../src/platform/access/access.ts";
import { listenOn } from "../../sandbox/free-port.ts";
import { findCases, readCase } from "./peer-case.ts";
import { emailOwner, toRecord } from "./peer-case-record.ts";
import { openDirectory } from "./peer-directory.ts";
import { createGuard } from "./peer-token.ts";

// The probation case as one would write it with Express, Knex and jsonwebtoken: four plain queries a request, three of
// them at once, and staff e-mail addresses from the directory, kept for an hour. Its answers are those of the service. It
// promises less: keys are never fetched anew, no last known address when the directory is down, no limits, no metrics, no
// document, plain errors.

const settings = z
  .object({
    DATABASE_URL: z.string(),
    DATABASE_POOL_SIZE: z.coerce.number().default(10),
    AUTH_JWKS_URL: z.string(),
    AUTH_ISSUER: z.string(),
    LDAP_URL: z.string(),
    LDAP_BIND_DN: z.string(),
    LDAP_PASSWORD: z.string(),
    LDAP_USER_BASE: z.string(),
    PORT: z.coerce.number().default(0),
  })
  .parse(process.env);

const db = knex({
  client: "pg",
  connection: settings.DATABASE_URL,
  pool: { min: settings.DATABASE_POOL_SIZE, max: settings.DATABASE_POOL_SIZE },
});
const directory = await openDirectory({
  url: settings.LDAP_URL,
  bindDn: settings.LDAP_BIND_DN,
  password: settings.LDAP_PASSWORD,
  userBase: settings.LDAP_USER_BASE,
});

async function respond(request: Request, response: Response, next: NextFunction): Promise<void> {
  try {
    const { identifier } = identifierSchema.parse(request.params);
    const { status, body } = await answer(identifier);
    response.status(status).set("cache-control", "no-store").json(body);
  } catch (error) {
    next(error);
  }
}

async function answer(identifier: string) {
  if (!/^([A-Z]\d{6}|[A-Z]\d{4}[A-Z]{2})$/.test(identifier)) {
    return { status: 400, body: { status: 400, message: "This is neither a CRN nor a NOMS number" } };
  }
  const [person, ...others] = await findCases(db, identifier);
  if (person === undefined || others.length > 0) {
    return { status: 404, body: { status: 404, message: "Person not found" } };
  }
  const found = await readCase(db, person);
  const owner = emailOwner(found.manager);
  return { status: 200, body: toRecord(found, owner === null ? undefined : await directory.findEmail(owner)) };
}

const identifierSchema = z.object({ identifier: z.string().trim().toUpperCase() });

const app = express();
app.set("env", "production").disable("etag").disable("x-powered-by");
const guard = await createGuard(settings.AUTH_JWKS_URL, settings.AUTH_ISSUER, caseDetailRoles[0]);
app.get("/case-records/:identifier", guard, (request, response, next) => {
  void respond(request, response, next);
});
const server = createServer(app);
const port = await listenOn(server, settings.PORT);
process.stdout.write(`ready ${port}\n`);
await once(process, "SIGTERM");
server.close();
server.closeAllConnections();
await Promise.all([db.destroy(), directory.close()]);
