import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { describeError, securedBy, securedErrors } from "../../platform/web/api-answers.ts";
import type { ReadAll } from "../../platform/process/work-limits.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { toJsonSchema } from "../../platform/web/json-schema.ts";
import { givenCrnSchema, readCrn, type Crn } from "../../delius/person/person.ts";
import type { Registration } from "../../delius/person/registration.ts";
import { findMappa, findRosh } from "./risk.ts";
import { mappaExample, mappaSchema, roshExample, roshSchema, type Mappa, type Rosh } from "./risk-schema.ts";

/** What the routes of a case's risks are built from. */
export interface RiskRoutesSettings {
  /** The live registrations of each case, the latest first; null where no case has the CRN. */
  readonly readRegistrations: ReadAll<Crn, readonly Registration[] | null>;
  /** The authorities of which a caller needs one. */
  readonly roles: readonly string[];
  /** Called with the code of a risk registration that we do not know. */
  readonly reportUnknownRosh: (type: string) => void;
}

const parameters = z.object({ crn: givenCrnSchema });
type Parameters = z.infer<typeof parameters>;

/** Adds a case's MAPPA details and its risk of serious harm. */
export function addRiskRoutes(app: FastifyInstance, settings: RiskRoutesSettings): void {
  const config = { access: settings.roles };
  const security = securedBy(settings.roles);
  const mappaRoute = { ...describeMappa, security };
  app.get<{ Params: Parameters }>(
    "/case-records/:crn/risks/mappa",
    { config, schema: mappaRoute },
    async ({ params }): Promise<Mappa> => {
      const mappa = findMappa(await requireRegistrations(settings, params.crn));
      if (mappa !== null) return mappa;
      throw new HttpError({ status: 404, message: "MAPPA details for offender not found" });
    },
  );
  const roshRoute = { ...describeRosh, security };
  app.get<{ Params: Parameters }>(
    "/case-records/:crn/risks/rosh",
    { config, schema: roshRoute },
    async ({ params }): Promise<Rosh> => {
      const rosh = findRosh(await requireRegistrations(settings, params.crn));
      if (rosh.kind === "known") return rosh.rosh;
      if (rosh.kind === "unknown") settings.reportUnknownRosh(rosh.type);
      throw new HttpError({ status: 404, message: "RoSH details for offender not found" });
    },
  );
}

const describeMappa = {
  operationId: "getMappa",
  summary: "The case's MAPPA details",
  ...describeRoute({
    description: "The MAPPA registration",
    ...toJsonSchema(mappaSchema, { examples: [mappaExample] }),
  }),
};

const describeRosh = {
  operationId: "getRosh",
  summary: "The case's risk of serious harm",
  ...describeRoute({ description: "The risk", ...toJsonSchema(roshSchema, { examples: [roshExample] }) }),
};

function describeRoute(found: object) {
  return {
    tags: ["Risks"],
    params: toJsonSchema(parameters),
    response: {
      200: found,
      400: describeError(400, "This is not a CRN", "A CRN looks like X123456"),
      404: describeError(404, "Person with crn of X999999 not found", "No undeleted case has this CRN"),
      ...securedErrors,
    },
  };
}

async function requireRegistrations(
  { readRegistrations }: RiskRoutesSettings,
  text: string,
): Promise<readonly Registration[]> {
  const crn = readCrn(text);
  if (crn === null) {
    throw new HttpError({ status: 400, message: "This is not a CRN", developerMessage: "A CRN looks like X123456" });
  }
  const [registrations] = await readRegistrations([crn]);
  if (registrations != null) return registrations;
  const developerMessage = "No undeleted case has this CRN";
  throw new HttpError({ status: 404, message: `Person with crn of ${crn} not found`, developerMessage });
}
