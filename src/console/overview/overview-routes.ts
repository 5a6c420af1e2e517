import type { Pages } from "../web/page-routes.ts";

/** Adds the overview: is all well, what needs a person, what came in the last day. */
export function addOverviewPages(pages: Pages): void {
  pages.show("/console", async () => ({ template: "overview/overview.njk", title: "Overview", model: {} }));
}
