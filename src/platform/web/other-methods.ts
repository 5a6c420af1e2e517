import { METHODS } from "node:http";
import type { FastifyInstance, RouteOptions } from "fastify";
import { HttpError } from "./http-error.ts";
import { refusal } from "./web-error.ts";

// A tunnel is asked for without an address; Node closes the connection.
const methods = METHODS.filter((name) => name !== "CONNECT");

/** Makes the web framework take every method of HTTP, so that none goes by the rules of {@link refuseOtherMethods}. */
export function acceptAllMethods(app: FastifyInstance): void {
  methods.filter((name) => !app.supportedMethods.includes(name)).forEach((name) => app.addHttpMethod(name));
}

/**
 * A known address with another method is 405 and says which methods there are, before anything else is looked at. The
 * errors of `app` are answered in its own way: call it for the routes of a part before those of the whole.
 */
export function refuseOtherMethods(app: FastifyInstance, routes: readonly RouteOptions[]): void {
  for (const [url, known] of Map.groupBy(routes, (route) => route.url)) {
    const taken = known.flatMap(({ method }) => method);
    const others = methods.filter((name) => !taken.includes(name));
    if (others.length === 0) continue;
    const refuse = async () => {
      throw new HttpError({ ...refusal(405), headers: { allow: taken.join(", ") } });
    };
    app.route({
      method: others,
      url,
      schema: { hide: true },
      config: { access: "open" },
      onRequest: refuse,
      handler: refuse,
    });
  }
}
