import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

/** A route of the console: its method, and its path with a value in the place of each parameter. */
export interface ConsoleRoute {
  readonly method: string;
  readonly path: string;
}

const channel = "fastify.initialization";
const messageSchema = z.object({ fastify: z.custom<FastifyInstance>() });

/** Every route below /console that anything in this process adds meanwhile: what is added later is listed too. */
export function watchConsoleRoutes(): Disposable & { list(): readonly ConsoleRoute[] } {
  const routes: ConsoleRoute[] = [];
  const watch = (message: unknown) => {
    messageSchema.parse(message).fastify.addHook("onRoute", ({ method, url }) => {
      // Several methods at once have what refuses those that a path does not know.
      if (typeof method !== "string" || !/^\/console(?:\/|$)/.test(url)) return;
      routes.push({ method, path: url.replaceAll(/:\w+/g, "1") });
    });
  };
  subscribe(channel, watch);
  return { list: () => routes, [Symbol.dispose]: () => void unsubscribe(channel, watch) };
}
