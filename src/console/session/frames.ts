import type { FastifyRequest } from "fastify";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { getFrame, type Frame } from "./frame-store.ts";
import type { Sessions } from "./sessions.ts";

/** What every page says of the service, read once for each request together with whether its session still holds. */
export interface Frames {
  /**
   * Reads it for a request whose session was identified. Raises a 401 where that session ended at a sign-out, and
   * `DependencyError` where the database cannot say.
   */
  open(request: FastifyRequest): Promise<void>;
  /** What was read; null where it was not. */
  find(request: FastifyRequest): Frame | null;
}

/** The error of a request that needs a session and has none, or one that has ended. */
export function signedOut(): HttpError {
  return new HttpError({ status: 401, message: "You have been signed out" });
}

/** Reads frames beside the pages: a session that ended on any replica ends here with the next request. */
export function createFrames(reads: Executor, sessions: Sessions): Frames {
  const opened = new WeakMap<FastifyRequest, Frame>();
  return {
    open: async (request) => {
      const session = sessions.find(request);
      if (session === null || opened.has(request)) return;
      const frame = await getFrame(reads, session.id);
      if (frame.hasEnded) {
        sessions.forget(request);
        throw signedOut();
      }
      opened.set(request, frame);
    },
    find: (request) => opened.get(request) ?? null,
  };
}
