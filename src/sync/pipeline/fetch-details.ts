import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import type { CaseEvent, RefusedEvent } from "../events/case-event.ts";
import type { Ended, ToFetch, PreparedFact } from "./prepared-message.ts";

/**
 * Asks Manage POM Cases what is true now of the facts that need it (rule G1), side by side and outside any transaction.
 * Raises `DependencyError` when it cannot be reached or it is not Manage POM Cases that speaks (rule M3).
 */
export function fetchDetails(
  api: MpcApi,
  { event, steps }: { readonly event: CaseEvent | RefusedEvent; readonly steps: readonly (Ended | ToFetch)[] },
  signal: AbortSignal,
): Promise<readonly PreparedFact[]> {
  const isAnyNotFoundNoData = event.kind === "event" && event.rule.isAnyNotFoundNoData;
  return Promise.all(
    steps.map(async (step) =>
      step.kind === "ended" ? step : fetchDetail(api, { ...step, isAnyNotFoundNoData }, signal),
    ),
  );
}

async function fetchDetail(
  api: MpcApi,
  { fact, url, isAnyNotFoundNoData }: ToFetch & { readonly isAnyNotFoundNoData: boolean },
  signal: AbortSignal,
): Promise<PreparedFact> {
  if (fact === "allocation") {
    const answered = await api.fetchAllocation(url, signal);
    return answered.kind === "answer" ? { ...answered, fact } : { ...answered, kind: "ended", fact };
  }
  const answered = await api.fetchHandover(url, signal);
  if (answered.kind === "answer") return { ...answered, fact };
  if (answered.outcome === "UnexpectedNotFound" && isAnyNotFoundNoData) {
    return { kind: "answer", fact, answer: { kind: "noData" } };
  }
  return { ...answered, kind: "ended", fact };
}
