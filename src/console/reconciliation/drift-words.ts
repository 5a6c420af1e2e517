import type { DriftClass } from "../../operations/reconciliation/drift.ts";

/** A class of differences in words: its name, what it means and what puts it right. */
export interface DriftWords {
  readonly title: string;
  readonly meaning: string;
  readonly remedy: string;
}

const repair = "Repair";

/** See {@link DriftWords}; the runbook says the same. */
export const driftWords: Readonly<Record<DriftClass, DriftWords>> = {
  "pom-missing": { title: "POM missing", meaning: "A POM is allocated, and Delius has none", remedy: repair },
  "pom-different": {
    title: "POM different",
    meaning: "Another POM, prison or e-mail address than Delius has",
    remedy: repair,
  },
  "pom-extra": { title: "POM too many", meaning: "No POM is allocated, and Delius has one", remedy: repair },
  "date-missing": { title: "Date missing", meaning: "A handover date is not in Delius", remedy: repair },
  "date-different": { title: "Date different", meaning: "A handover date in Delius is another one", remedy: repair },
  "date-extra": { title: "Date too many", meaning: "A handover date in Delius applies no more", remedy: repair },
  stale: {
    title: "Stale",
    meaning: "Manage POM Cases holds nothing about the case, and Delius has dates or a named POM",
    remedy: "Look at some of them with the team of Manage POM Cases; then repair, with stale data included",
  },
  "cannot-apply": {
    title: "Cannot be applied",
    meaning: "The case has no active custodial sentence, or several",
    remedy: "A sentence in Delius: the event that brings it applies what waits",
  },
  "same-officer": {
    title: "Officer shared",
    meaning: "One officer of Delius stands for two staff codes: two people with one name?",
    remedy: "People who look after Delius's staff data",
  },
  error: {
    title: "Not compared",
    meaning: "The answer could not be used, reference data is missing, or no one answered",
    remedy: "What the outcome names; then compare once more",
  },
};
