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

const settings = z.object({ POPULATION: z.string() }).parse(process.env);
const population = populationSchema.parse(JSON.parse(readFileSync(settings.POPULATION, "utf8")));

await using resources = new AsyncDisposableStack();
const queue = resources.use(await startQueueServer({ maxReceiveCount: 50 }));
const auth = resources.use(await startHmppsAuth({ clients: benchClients }));
const ldap = resources.use(await startLdapServer(directoryUser));
const mpc = await startMpc(population);
const [client] = benchClients;
process.stdout.write(`ready ${JSON.stringify(environmentOf({ queue, auth, mpc, ldap }, client))}\n`);
await once(process, "SIGTERM");
mpc.close();

/** Answers who the POM is in the present turn; `PUT /turn/n` gives everybody another one. */
async function startMpc({ establishments, cases }: Population) {
  const placeOf = new Map(cases);
  let turn = 0;
  const answer = (noms: string): string | null => {
    const place = establishments[placeOf.get(noms) ?? -1];
    const manager = place?.officers[turn % place.officers.length];
    return manager === undefined ? null : JSON.stringify({ manager, prison: { code: place?.prison } });
  };
  const server = createServer((request, response) => {
    const { url = "" } = request;
    if (request.method === "PUT") turn = Number(url.slice("/turn/".length));
    const body = request.method === "PUT" ? "{}" : answer(url.split("/")[3] ?? "");
    response.writeHead(body === null ? 404 : 200, { "content-type": "application/json" });
    response.end(body ?? '{"status":"error","message":"Not found"}');
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
