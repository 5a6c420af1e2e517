import type { DriftClass } from "./drift.ts";

/** A class of differences in words. */
export interface DriftHelp {
  readonly title: string;
  readonly meaning: string;
  /** What a person does about it. */
  readonly remedy: string;
}

const remedy = "Repair";

/** What each class of differences means, and what helps. */
export const driftHelp: Readonly<Record<DriftClass, DriftHelp>> = {
  "pom-missing": { title: "POM missing", meaning: "A POM is allocated, and Delius has none", remedy },
  "pom-different": {
    title: "POM different",
    meaning: "Manage POM Cases has another POM, prison or e-mail address",
    remedy,
  },
  "pom-extra": { title: "POM no longer allocated", meaning: "No POM is allocated, and Delius has one", remedy },
  "date-missing": { title: "Date missing", meaning: "A handover date is missing in Delius", remedy },
  "date-different": { title: "Date different", meaning: "A handover date in Delius differs", remedy },
  "date-extra": { title: "Date no longer applies", meaning: "A handover date in Delius no longer applies", remedy },
  stale: {
    title: "Stale",
    meaning: "Manage POM Cases no longer has data for the case; Delius has dates or a named POM",
    remedy: "Check some of them with its team, then repair with stale data included (--remove-stale)",
  },
  "cannot-apply": {
    title: "Cannot be applied",
    meaning: "The case has no active custodial sentence, or several",
    remedy: "Correct the sentence in Delius; the event of that change applies what waits",
  },
  "same-officer": {
    title: "Officer shared",
    meaning: "One officer in Delius stands for two staff codes: perhaps two people with one name",
    remedy: "Ask the people who look after Delius's staff data",
  },
  error: {
    title: "Not compared",
    meaning: "The response cannot be used, reference data is missing, or a dependency did not answer",
    remedy: "As for quarantined messages with the same outcome; otherwise compare again",
  },
};
