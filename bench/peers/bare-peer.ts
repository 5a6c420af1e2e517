import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fastify } from "fastify";
import { z } from "zod";

// The limit of HTTP on this machine: Fastify alone, which answers every request for a case with the same recorded bytes. No
// token is looked at, no database asked.

const settings = z.object({ ANSWER_FILE: z.string(), PORT: z.coerce.number().default(0) }).parse(process.env);
const recorded = readFileSync(settings.ANSWER_FILE, "utf8");
const app = fastify();
app.get("/case-records/:identifier", (_request, reply) => {
  void reply
    .header("content-type", "application/json; charset=utf-8")
    .header("cache-control", "no-store")
    .send(recorded);
});
const address = await app.listen({ port: settings.PORT, host: "127.0.0.1" });
process.stdout.write(`ready ${new URL(address).port}\n`);
await once(process, "SIGTERM");
await app.close();
