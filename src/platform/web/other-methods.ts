import type { IncomingMessage } from "node:http";
import type { FastifyInstance, RouteOptions } from "fastify";
import { HttpError } from "./http-error.ts";
import { refusal } from "./web-error.ts";

/** The methods that routes may take. */
export const routedMethods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE"];

/** Stands for every other method of HTTP; no route may take it. */
const anyOther = "TRACE";

/** How requests of every method find their way, although routes know few methods. */
export interface OtherMethods {
  /** To be called before a request is routed whose method is none of {@link routedMethods}. */
  routeAsOne(request: IncomingMessage): void;
  /** Gives requests that were routed their own method again; its hook has to be the first. */
  restore(app: FastifyInstance): void;
}

/**
 * Has all methods that no route takes go the way of one. To refuse each of HTTP's 34 by routes of its own, as
 * {@link refuseOtherMethods} does for this one, would take a tenth of the start.
 */
export function gatherOtherMethods(): OtherMethods {
  const asked = new WeakMap<IncomingMessage, string>();
  return {
    routeAsOne: (request) => {
      asked.set(request, request.method ?? anyOther);
      request.method = anyOther;
    },
    restore: (app) => {
      app.addHook("onRequest", ({ raw }, _reply, done) => {
        const method = asked.get(raw);
        if (method !== undefined) raw.method = method;
        done();
      });
    },
  };
}

/**
 * A known address with another method is 405 and says which methods there are, before anything else is looked at. The
 * errors of `app` are answered in its own way: call it for the routes of a part before those of the whole. Raises for a
 * route with a method that no request would come to it by.
 */
export function refuseOtherMethods(app: FastifyInstance, routes: readonly RouteOptions[]): void {
  for (const [url, known] of Map.groupBy(routes, (route) => route.url)) {
    const taken = known.flatMap(({ method }) => method);
    if (taken.includes(anyOther)) continue;
    const strange = taken.filter((name) => !routedMethods.includes(name));
    if (strange.length > 0) throw new Error(`No request comes to ${url} by ${strange.join(", ")}.`);
    const refuse = async () => {
      throw new HttpError({ ...refusal(405), headers: { allow: taken.join(", ") } });
    };
    app.route({
      method: [...routedMethods.filter((name) => !taken.includes(name)), anyOther],
      url,
      schema: { hide: true },
      config: { access: "open" },
      onRequest: refuse,
      handler: refuse,
    });
  }
}
