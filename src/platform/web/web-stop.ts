import type { FastifyInstance } from "fastify";

/**
 * A server that stops waits for every connection on which it expects something, and looks at no request's time any more:
 * who sends half a request, or none yet, would keep it for ever. So they are cut off once nothing is in work.
 */
export function cutOffLaggards(app: FastifyInstance, graceMs: number): void {
  let inWork = 0;
  let timer: NodeJS.Timeout | undefined;
  app.server.on("request", (_request, response) => {
    inWork += 1;
    response.once("close", () => {
      inWork -= 1;
    });
  });
  app.addHook("preClose", (done) => {
    const until = performance.now() + graceMs;
    timer = setInterval(() => {
      if (inWork === 0 || performance.now() >= until) app.server.closeAllConnections();
    }, 10);
    done();
  });
  app.addHook("onClose", (_app, done) => {
    clearInterval(timer);
    done();
  });
}
