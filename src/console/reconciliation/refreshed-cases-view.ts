import type { RefreshedPage } from "../../operations/refresh/refresh-schema.ts";
import { refreshEventType } from "../../sync/events/event-table.ts";
import { describeItemState } from "../actions/actions-view.ts";
import { caseAddress, messageAddress, refreshAddress, writeAddress } from "../web/navigation.ts";

/** What became of each case of a refresh or repair, a page at a time. */
export function viewRefreshedCases({ cases, next }: RefreshedPage, refreshRun: string, isFirst: boolean) {
  const path = refreshAddress(refreshRun);
  return {
    rows: cases.map(({ nomsNumber, inboxKey, state, outcomes, message }) => ({
      nomsNumber,
      href: caseAddress(nomsNumber),
      // There is no page of a message that has not been tried yet.
      messageHref: state === "settled" || state === "failed" ? messageAddress(inboxKey) : null,
      ...describeItemState(state),
      outcomes: outcomes.join(", "),
      message: message ?? null,
    })),
    next: next === undefined ? null : `${writeAddress(path, { before: next })}#cases`,
    eventType: refreshEventType,
    first: isFirst ? null : `${path}#cases`,
  };
}
