import { addActionsPages } from "../console/actions/actions-routes.ts";
import { addCasePages } from "../console/case/case-routes.ts";
import { addDeadLetterPages } from "../console/dead-letters/dead-letters-routes.ts";
import { addMessagesPages } from "../console/messages/messages-routes.ts";
import { addOverviewPages, type OverviewSettings } from "../console/overview/overview-routes.ts";
import { addReconciliationPages } from "../console/reconciliation/runs-routes.ts";
import { addWaitingPages } from "../console/waiting/waiting-page-routes.ts";
import { addQuarantinePages } from "../console/quarantine/quarantine-pages-routes.ts";
import type { Pages } from "../console/web/page-routes.ts";
import type { ApiSettings } from "./api.ts";

/** What the pages are built from: what the API is, and a little more. */
export type ConsolePagesSettings = ApiSettings & OverviewSettings;

/** The rooms of the console, a line each. */
const rooms: readonly ((pages: Pages, settings: ConsolePagesSettings) => void)[] = [
  addOverviewPages,
  addMessagesPages,
  addCasePages,
  addReconciliationPages,
  addWaitingPages,
  addQuarantinePages,
  addDeadLetterPages,
  addActionsPages,
];

/** Adds the pages of every room. */
export function addConsolePages(pages: Pages, settings: ConsolePagesSettings): void {
  rooms.forEach((addPages) => addPages(pages, settings));
}
