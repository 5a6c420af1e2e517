import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { z } from "zod";
import { startHmppsAuth } from "../../sandbox/auth-server.ts";
import { listenOn } from "../../sandbox/free-port.ts";
import { startLdapServer } from "../../sandbox/ldap-server.ts";
import { directoryUser } from "../../sandbox/credentials.ts";
import { environmentOf } from "../../sandbox/peers.ts";
import { benchClients } from "../clients.ts";
import { startQueueServer } from "../../sandbox/queue-server.ts";
import { populationSchema, type Population } from "../population.ts";

// Everything that a consumer leans on but for its database, in a process of its own. Manage POM Cases is as light as it can
// be here and asks for no token, since it would run on other machines: each message costs every contender the same.
// Prints the environment of a consumer as one line of JSON.

const settings = z
  .object({ POPULATION: z.string(), MPC_TROUBLE: z.enum(["none", "HTTP 500", "silence"]).default("none") })
  .parse(process.env);
const population = populationSchema.parse(JSON.parse(readFileSync(settings.POPULATION, "utf8")));

const handover = { handoverDate: "2031-07-01", handoverStartDate: "2031-04-01" };
const notFound = (message: string) => ({ status: 404, body: { status: "error", message } });

await using resources = new AsyncDisposableStack();
const queue = resources.use(await startQueueServer({ maxReceiveCount: 50 }));
const auth = resources.use(await startHmppsAuth({ clients: benchClients }));
const ldap = resources.use(await startLdapServer(directoryUser));
const mpc = await startMpc(population);
const [client] = benchClients;
process.stdout.write(`ready ${JSON.stringify(environmentOf({ queue, auth, mpc, ldap }, client))}\n`);
await once(process, "SIGTERM");
mpc.close();

/**
 * Answers who the POM is in the present turn; `PUT /turn/n` gives everybody another one. About the people who are in trouble it
 * answers as `MPC_TROUBLE` says.
 */
async function startMpc({ establishments, cases, troubled }: Population) {
  const placeOf = new Map(cases);
  const inTrouble = new Set(settings.MPC_TROUBLE === "none" ? [] : troubled);
  let turn = 0;
  const describeManager = (noms: string) => {
    const place = establishments[placeOf.get(noms) ?? -1];
    const manager = place?.officers[turn % place.officers.length];
    return manager === undefined
      ? notFound("Not allocated")
      : { status: 200, body: { manager, prison: { code: place?.prison } } };
  };
  const answer = (url: string, noms: string) => {
    if (inTrouble.has(noms)) return { status: 500, body: {} };
    if (url.includes("/allocation/")) return describeManager(noms);
    return placeOf.has(noms) ? { status: 200, body: handover } : notFound("Not found");
  };
  const server = createServer(({ method, url = "" }, response) => {
    const noms = url.split("/")[3] ?? "";
    if (inTrouble.has(noms) && settings.MPC_TROUBLE === "silence") return;
    if (method === "PUT") turn = Number(url.slice("/turn/".length));
    const { status, body } = method === "PUT" ? { status: 200, body: {} } : answer(url, noms);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  const port = await listenOn(server, 0);
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
