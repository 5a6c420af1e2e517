import type { FastifyInstance } from "fastify";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { listDeadLetters, redriveDeadLetters, type DeadLetterSettings } from "./dead-letter-handler.ts";
import {
  deadLetterExamples,
  deadLettersSchema,
  redriveAnswerSchema,
  redriveRequestSchema,
} from "./dead-letter-schema.ts";

/** What the routes of dead letters are built from. */
export interface DeadLetterRoutesSettings extends DeadLetterSettings {
  /** Aborts when the service stops: a redrive then ends. */
  readonly stopping: AbortSignal;
}

const tag = "Dead letters";
const badOrder = 'Send {"inboxKeys": [...], "reason"} with 1 to 100 keys, the reason with 1 to 500 characters';
const redriveMs = 20_000;
const handlerTimeout = 25_000;

/** Adds what is on the dead-letter queue, and how some of it is redriven with a reason. */
export function addDeadLetterRoutes(app: FastifyInstance, settings: DeadLetterRoutesSettings): void {
  const limit = { milliseconds: redriveMs, stopping: settings.stopping };
  app.get("/operations/dead-letters", { ...listRoute, handlerTimeout }, () => listDeadLetters(settings));
  app.post("/operations/dead-letters/redrive", { ...redriveRoute, handlerTimeout }, (request) => {
    const order = { ...parseInput(redriveRequestSchema, request.body, badOrder), ...requireCaller(request) };
    return workWithin(limit, (signal) => redriveDeadLetters(settings, order, signal));
  });
}

const listRoute = securedRoute(viewers, {
  tag,
  operationId: "listDeadLetters",
  summary: "What is on the dead-letter queue, with the failures of each; takes nothing away",
  answer: {
    description: "The queue and its messages",
    schema: deadLettersSchema,
    example: deadLetterExamples.letters,
  },
});

const redriveRoute = securedRoute(operators, {
  tag,
  operationId: "redriveDeadLetters",
  summary: "Sends dead letters to the queue again, except quarantined ones",
  body: { schema: redriveRequestSchema, example: deadLetterExamples.request },
  answer: {
    description: "What became of each message",
    schema: redriveAnswerSchema,
    example: deadLetterExamples.answer,
  },
  errors: {
    400: describeError(400, badOrder),
    404: describeError(404, "There is no dead-letter queue"),
  },
});
