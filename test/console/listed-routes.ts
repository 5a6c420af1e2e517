import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

/** A route of the console: its method, and its path with a value in the place of each parameter. */
export interface ConsoleRoute {
  readonly method: string;
  readonly path: string;
}

/** A route as it was added, and the JSON schema of what it takes. */
export interface AddedRoute extends ConsoleRoute {
  readonly body: unknown;
}

const channel = "fastify.initialization";
const messageSchema = z.object({ fastify: z.custom<FastifyInstance>() });
const routeSchema = z.object({ body: z.unknown() }).catch({ body: undefined });

/** Every route that anything in this process adds meanwhile: what is added later is listed too. */
export function watchRoutes(): Disposable & { list(): readonly AddedRoute[] } {
  const routes: AddedRoute[] = [];
  const watch = (message: unknown) => {
    messageSchema.parse(message).fastify.addHook("onRoute", ({ method, url, schema }) => {
      // Several methods at once have what refuses those that a path does not know.
      if (typeof method === "string") routes.push({ method, path: url, body: routeSchema.parse(schema).body });
    });
  };
  subscribe(channel, watch);
  return { list: () => routes, [Symbol.dispose]: () => void unsubscribe(channel, watch) };
}

/** Every route below /console that anything in this process adds meanwhile. */
export function watchConsoleRoutes(): Disposable & { list(): readonly ConsoleRoute[] } {
  const watch = watchRoutes();
  return {
    ...watch,
    list: () =>
      watch
        .list()
        .filter(({ path }) => /^\/console(?:\/|$)/.test(path))
        .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, "1") })),
  };
}
