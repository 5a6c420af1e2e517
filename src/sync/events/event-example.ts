import { bulkUpdateEventType, refreshEventType, type HandledEventType } from "./event-type.ts";

const noms = (value: string) => ({ identifiers: [{ type: "NOMS", value }] });
const moic = "https://manage-pom-cases.example.com/api";
const allocationExample = (eventType: HandledEventType, staffCode: number | null, eventTrigger: string) => ({
  eventType,
  version: 1,
  description: "A POM allocation has changed",
  detailUrl: `${moic}/allocation/A1001AA/primary_pom`,
  additionalInformation: { staffCode, prisonId: "LEI", eventTrigger },
  personReference: noms("A1001AA"),
  occurredAt: "2026-04-02T10:30:00Z",
});
const identifierExample = (eventType: HandledEventType, description: string) => ({
  eventType,
  version: 1,
  occurredAt: "2026-07-24T10:00:00+01:00",
  publishedAt: "2026-07-24T10:00:00+01:00",
  description,
  personReference: noms("A1003AA"),
});

type Examples = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Events of each type as they are sent, about the sandbox's people. */
export const eventExamples: Readonly<Record<HandledEventType, Examples>> = {
  "offender-management.handover.changed": {
    changed: {
      eventType: "offender-management.handover.changed",
      version: 1,
      description: "Handover date and/or responsibility was updated",
      detailUrl: `${moic}/handovers/A1002AA`,
      personReference: noms("A1002AA"),
      occurredAt: "2026-04-02T03:05:00Z",
    },
  },
  "offender-management.allocation.changed": {
    allocated: allocationExample("offender-management.allocation.changed", 485_637, "user"),
    deallocated: allocationExample("offender-management.allocation.changed", null, "offender_transferred"),
  },
  "offender-management.pom.allocated": {
    allocated: allocationExample("offender-management.pom.allocated", 485_637, "user"),
  },
  "probation-case.prison-identifier.added": {
    added: identifierExample("probation-case.prison-identifier.added", "A prisoner identifier has been added"),
  },
  "probation-case.prison-identifier.updated": {
    updated: identifierExample("probation-case.prison-identifier.updated", "A prisoner identifier has been updated"),
  },
  SENTENCE_CHANGED: {
    changed: {
      eventType: "SENTENCE_CHANGED",
      eventDatetime: "2026-02-25T11:24:32.935401",
      offenderId: 1,
      crn: "X100004",
      sourceId: "2500974056",
    },
  },
  CONVICTION_CHANGED: {
    changed: {
      eventType: "CONVICTION_CHANGED",
      eventDatetime: "2026-02-25T11:24:32.935401",
      offenderId: 1,
      crn: "X100005",
      sourceId: "2500974056",
    },
  },
  [refreshEventType]: {
    "dry run": {
      eventType: refreshEventType,
      version: 1,
      occurredAt: "2026-04-02T10:30:00Z",
      personReference: noms("A1004AA"),
      additionalInformation: {
        facts: ["handover", "allocation"],
        dryRun: true,
        removeStale: false,
        refreshRun: "2026-04-02-1",
      },
    },
  },
  [bulkUpdateEventType]: {
    "dry run": {
      eventType: bulkUpdateEventType,
      version: 1,
      detailUrl: `${moic}/handovers/A1002AA`,
      additionalInformation: { dryRun: true },
      personReference: noms("A1002AA"),
    },
  },
};
