import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { cursorOf, pageQuery, standardSize } from "../../platform/web/paging.ts";
import { givenIdentifierSchema, readIdentifier } from "../../delius/person/person.ts";
import { explainCase, type ExplanationSettings } from "./explanation-handler.ts";
import { explanationExample, explanationSchema, messagePlaceSchema } from "./explanation-schema.ts";

/** What the route is built from. */
export interface ExplanationRoutesSettings extends ExplanationSettings {
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

const badQuery = "The query is not valid";
const querySchema = z.strictObject(pageQuery);
const readQuerySchema = querySchema.extend({ before: cursorOf(messagePlaceSchema).optional() });
const badIdentifier = {
  status: 400,
  message: "This is neither a CRN nor a NOMS number",
  developerMessage: "A CRN looks like X123456, a NOMS number like A1234BC",
};
const parameters = z.object({ crnOrNoms: givenIdentifierSchema });
const explainMs = 15_000;

/** Adds the explanation of one case. */
export function addExplanationRoutes(app: FastifyInstance, settings: ExplanationRoutesSettings): void {
  const limit = { milliseconds: explainMs, stopping: settings.stopping };
  app.get<{ Params: z.infer<typeof parameters> }>(
    "/operations/cases/:crnOrNoms",
    { ...route, handlerTimeout: explainMs },
    ({ params, query }) => {
      const identifier = readIdentifier(params.crnOrNoms);
      if (identifier === null) throw new HttpError(badIdentifier);
      const { size = standardSize, before = null } = parseInput(readQuerySchema, query, badQuery);
      return workWithin(limit, (signal) => explainCase(settings, { identifier, size, before }, signal));
    },
  );
}

const route = securedRoute(viewers, {
  tag: "Cases",
  operationId: "explainCase",
  summary: "Explains a case: its state, what would happen now, and every message about it; changes nothing",
  params: parameters,
  query: querySchema,
  answer: { description: "The explanation", schema: explanationSchema, example: explanationExample },
  errors: {
    400: describeError(400, badIdentifier.message, badIdentifier.developerMessage),
    404: describeError(404, "Person with crn of X999999 not found", "No undeleted case has this CRN"),
  },
});
