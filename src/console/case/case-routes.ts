import { z } from "zod";
import { readIdentifier, type Identifier } from "../../delius/person/person.ts";
import { findCase, findPresent, type ExplanationSettings } from "../../operations/explanation/explanation-handler.ts";
import { messagePlaceSchema } from "../../operations/explanation/explanation-schema.ts";
import { cursorOf } from "../../platform/web/paging.ts";
import { parseInput, workWithin } from "../../platform/web/secured-route.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import type { View } from "../web/page-sender.ts";
import { viewCase } from "./case-page-view.ts";

/** What the page of a case is built from. */
export interface CasePagesSettings extends ExplanationSettings {
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
}

const messagesOfPage = 20;
const presentMs = 10_000;
const parameters = z.object({ reference: z.string() });
const querySchema = z.object({
  before: cursorOf(messagePlaceSchema).optional(),
  ask: z.literal("now").optional(),
});

/**
 * Adds the page of a case, by CRN or NOMS number. Manage POM Cases is asked only where the button asks for it, and then as
 * previews ask: nothing is written and nothing locked.
 */
export function addCasePages(pages: Pages, settings: CasePagesSettings): void {
  pages.show("/console/cases/:reference", async (visit) => {
    const { reference } = parameters.parse(visit.request.params);
    const identifier = readIdentifier(reference);
    return identifier === null ? viewUnknown(reference, false) : showCase(settings, visit, identifier);
  });
}

async function showCase(settings: CasePagesSettings, visit: Visit, identifier: Identifier): Promise<View> {
  const { before = null, ask } = parseInput(querySchema, visit.request.query, "These messages cannot be shown");
  const found = await findCase(settings, { identifier, size: messagesOfPage, before });
  const reference = "crn" in identifier ? identifier.crn : identifier.nomsNumber;
  if (found === null) return viewUnknown(reference, true);
  const { known, nomsNumber } = found;
  const limit = { milliseconds: presentMs, stopping: settings.stopping };
  const askNow = () => workWithin(limit, (signal) => findPresent(settings.askPresent, nomsNumber, signal));
  const present = ask === undefined ? null : await askNow();
  const path = `/console/cases/${reference}`;
  const model = viewCase({ known, present, path, isLater: before !== null, now: visit.now });
  const title = present === null ? model.name : `What would happen now: ${model.name}`;
  return { template: "case/case.njk", title, model };
}

function viewUnknown(reference: string, isNumber: boolean): View {
  const model = { reference, isNumber };
  return { template: "case/unknown-case.njk", title: "Case not found", model, status: 404 };
}
