import { z } from "zod";
import { keysSchemaOf, reasonSchema } from "../../operations/action/action.ts";
import {
  describeKeys,
  listDeadLetters,
  redriveDeadLetters,
  type DeadLetterSettings,
} from "../../operations/dead-letters/dead-letter-handler.ts";
import { maxDeadLetters } from "../../operations/dead-letters/dead-letter-schema.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import { checked, viewFaults } from "../web/form-faults.ts";
import type { Pages, Visit } from "../web/page-routes.ts";
import type { View } from "../web/page-sender.ts";
import { deadLettersPath, describeRedrive, redrivePath, viewDeadLetters, viewRedrive } from "./dead-letters-view.ts";

const chosenSchema = z.object({ inboxKey: checked(keysSchemaOf(maxDeadLetters)) });
const anySchema = z.object({ all: z.unknown(), inboxKey: z.unknown() }).partial();
const badChoice = "These messages cannot be chosen";
const redriveMs = 10_000;

/** Adds what is on the dead-letter queue, and the redrive of some of it or of all. */
export function addDeadLetterPages(pages: Pages, settings: DeadLetterSettings): void {
  pages.show(deadLettersPath, (visit) => showLetters(settings, visit));
  pages.show(redrivePath, (visit) => showRedrive(settings, visit, visit.request.query));
  pages.change(redrivePath, {
    schema: chosenSchema.extend({ reason: reasonSchema }),
    within: redriveMs,
    form: (visit) => showRedrive(settings, visit, visit.request.body),
    page: () => deadLettersPath,
    act: async ({ values: { inboxKey: inboxKeys, reason }, actor, signal }) =>
      describeRedrive(await redriveDeadLetters(settings, { inboxKeys, reason, actor }, signal)),
  });
}

async function showLetters(settings: DeadLetterSettings, { now, faults }: Visit): Promise<View> {
  const model = { ...viewDeadLetters(await listDeadLetters(settings), now), faults };
  return { template: "dead-letters/dead-letters.njk", title: "Dead letters", model };
}

/** Where all are wanted, those that are there now are named: what is shown is what is redriven. */
async function showRedrive(settings: DeadLetterSettings, visit: Visit, given: unknown): Promise<View> {
  const { all, inboxKey } = anySchema.parse(given ?? {});
  if (all === undefined && inboxKey === undefined) {
    const { error } = chosenSchema.safeParse(given);
    const faults = error === undefined ? visit.faults : viewFaults(error, given);
    return { ...(await showLetters(settings, { ...visit, faults })), status: 400 };
  }
  const letters =
    all === undefined
      ? await describeKeys(settings.reads, parseInput(chosenSchema, given, badChoice).inboxKey)
      : (await listDeadLetters(settings)).deadLetters;
  const model = { ...viewRedrive(letters, visit.now), faults: visit.faults };
  return { template: "dead-letters/redrive.njk", title: `Preview: ${model.title}`, model };
}
