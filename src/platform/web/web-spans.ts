import { once } from "node:events";
import type { FastifyInstance } from "fastify";
import { traceparentSchema } from "../process/trace-context.ts";
import type { Tracing } from "../process/tracing.ts";

/** Makes every request a span, named by its route and not by its address; a probe is none. */
export function addSpans(app: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return;
  app.addHook("onRequest", (request, reply, done) => {
    const { method, routeOptions, headers } = request;
    if (routeOptions.config.isProbe === true) return done();
    const { url: route } = routeOptions;
    const attributes = { "http.request.method": method, ...(route === undefined ? {} : { "http.route": route }) };
    const name = route === undefined ? method : `${method} ${route}`;
    const parent = traceparentSchema.parse([headers["traceparent"]].flat()[0]);
    void tracing.trace({ name, kind: "server", attributes, parent }, async (span) => {
      done();
      await once(reply.raw, "close");
      span.annotate({ "http.response.status_code": reply.statusCode });
      if (reply.statusCode >= 500) span.fail(new Error());
    });
  });
}
