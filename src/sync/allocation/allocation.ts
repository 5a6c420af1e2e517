import { formatLondonTime } from "../../platform/time/london-time.ts";
import type { AllocationDecision, AllocationFacts, AllocationQuestion } from "./allocation-question.ts";
import { decideDeallocation } from "./deallocation.ts";
import { findEffectiveTime } from "./effective-time.ts";
import { decideNamedOfficer } from "./named-officer.ts";

/**
 * Decides what Delius's POM record, its responsible officer and its diary become (rules A1 to A11). Pure; never fails. When it
 * answers that an officer code is needed, ask again with `highestNumbers`, read under the provider's lock (rule S3).
 */
export function decideAllocation(facts: AllocationFacts, question: AllocationQuestion): AllocationDecision {
  const { answer, occurredAt, nomsNumber } = question;
  if (answer.kind === "notReady" && !question.removeStale) {
    const properties = { nomsId: nomsNumber, allocationDate: formatLondonTime(occurredAt) };
    const reason = "Manage POM Cases says that the case is not ready for allocation, so the POM is left as it is.";
    return { outcome: "NotReadyToAllocate", properties, reasons: [reason], changes: null };
  }
  const effective = findEffectiveTime({
    ...question,
    ...facts,
    answerStaffCode: answer.kind === "allocated" ? answer.manager.code : null,
  });
  return answer.kind === "allocated"
    ? decideNamedOfficer(facts, { ...question, answer, effective })
    : decideDeallocation(facts, { ...question, effective });
}
