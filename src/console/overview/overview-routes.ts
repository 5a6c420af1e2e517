import { z } from "zod";
import type { Health } from "../../platform/health/health.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { reasonSchema } from "../../operations/action/action.ts";
import { listReplicas } from "../../operations/intake-control/replica-store.ts";
import { changeIntake } from "../../operations/intake-control/intake-routes.ts";
import { waitingTooLongDays } from "../../operations/waiting/waiting-schema.ts";
import type { View } from "../web/page-sender.ts";
import type { Change, Pages, Visit } from "../web/page-routes.ts";
import { drawOutcomes } from "./outcome-chart.ts";
import { getOverview } from "./overview-store.ts";
import { viewOverview } from "./overview-view.ts";

/** What the overview is built from. */
export interface OverviewSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly checkHealth: () => Promise<Health>;
  /** Seconds since the oldest message was sent that this replica knows of; 0 where there is none. */
  readonly oldestMessageAge: () => number;
}

const [hour, day] = [3_600_000, 86_400_000];
const periods = {
  day: { seconds: 3_600, number: 24 },
  week: { seconds: 6 * 3_600, number: 28 },
} as const;
const querySchema = z.object({ period: z.enum(["day", "week"]).catch("day") });

/** Adds the overview: whether all is well, what needs a person, the last day, and intake with its pause. */
export function addOverviewPages(pages: Pages, settings: OverviewSettings): void {
  const show = (visit: Visit) => showOverview(settings, visit);
  pages.show("/console", show);
  for (const name of ["pause", "resume"] as const) {
    pages.change(`/console/intake/${name}`, {
      schema: z.object({ reason: reasonSchema }),
      form: show,
      page: () => "/console",
      act: (change) => act(settings, name, change),
    });
  }
}

async function showOverview(settings: OverviewSettings, { now, request, intake, work, faults }: Visit): Promise<View> {
  const { reads, checkHealth, oldestMessageAge } = settings;
  const { period } = querySchema.parse(request.query);
  const { seconds, number } = periods[period];
  const since = Math.floor(now / hour) * hour - (number * seconds * 1000 - hour);
  const [{ needs, counts }, replicas, health] = await Promise.all([
    getOverview(reads, { waitingSince: now - waitingTooLongDays * day, since, seconds }),
    listReplicas(reads),
    checkHealth(),
  ]);
  const chart = drawOutcomes(counts, { since, seconds, number });
  const facts = { needs, health, intake, work, replicas, oldestSeconds: oldestMessageAge() };
  const model = { ...viewOverview(facts, now), chart, period, faults };
  return { template: "overview/overview.njk", title: "Overview", model };
}

async function act(
  { database }: OverviewSettings,
  name: "pause" | "resume",
  { values: { reason }, actor, signal }: Change<{ readonly reason: string }>,
) {
  const order = { running: name === "resume", actor, reason };
  const { changed } = await database.transaction((tx) => changeIntake(tx, order), signal);
  const title = `Intake is ${name === "pause" ? "paused" : "running"}`;
  const text = changed ? effects[name] : "It was so already: someone else had ordered it.";
  return { location: "/console", notice: { kind: changed ? "success" : "information", title, text } as const };
}

const effects = {
  pause: "Every replica stops taking messages within 5 seconds. They stay on the queue.",
  resume: "Every replica takes messages again within 5 seconds.",
} as const;
