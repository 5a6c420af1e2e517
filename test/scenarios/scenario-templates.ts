/** What a new scenario begins with. */
export interface Template {
  readonly given: unknown;
  readonly message: unknown;
  readonly answers: unknown;
}

const occurredAt = "2026-04-02T10:30:00Z";

function given(title: string) {
  return { title, rules: ["A7"], rows: {} };
}

function mpcEvent(eventType: string, { noms, path, details }: { noms: string; path: string; details?: unknown }) {
  return {
    via: "topic",
    attributes: { eventType },
    event: {
      eventType,
      version: 1,
      detailUrl: `{mpc}${path}`,
      ...(details === undefined ? {} : { additionalInformation: details }),
      personReference: personReference(noms),
      occurredAt,
    },
  };
}

function personReference(noms: string) {
  return { identifiers: [{ type: "NOMS", value: noms }] };
}

const allocationPath = "/api/allocation/A1001AA/primary_pom";
const handoverPath = "/api/handovers/A1002AA";
const manager = { code: 485637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" };
const allocated = { status: 200, body: { manager, prison: { code: "LEI" } } };
const deallocated = { status: 404, body: { status: "error", message: "Not allocated" } };
const dates = {
  status: 200,
  body: {
    nomsNumber: "A1002AA",
    handoverDate: "2031-07-01",
    handoverStartDate: "2031-06-01",
    responsibility: "POM",
  },
};

/** The kinds of scenario, by the event that it begins with. */
export const templates: Readonly<Record<string, Template>> = {
  allocation: {
    given: given("A POM is allocated"),
    message: mpcEvent("offender-management.allocation.changed", {
      noms: "A1001AA",
      path: allocationPath,
      details: { staffCode: manager.code, prisonId: "LEI", eventTrigger: "user" },
    }),
    answers: { [allocationPath]: allocated },
  },
  deallocation: {
    given: given("A POM is deallocated"),
    message: mpcEvent("offender-management.allocation.changed", {
      noms: "A1001AA",
      path: allocationPath,
      details: { staffCode: null, prisonId: "LEI", eventTrigger: "offender_transferred" },
    }),
    answers: { [allocationPath]: deallocated },
  },
  handover: {
    given: given("Handover dates change"),
    message: mpcEvent("offender-management.handover.changed", { noms: "A1002AA", path: handoverPath }),
    answers: { [handoverPath]: dates },
  },
  sentence: {
    given: given("A sentence changes"),
    message: {
      via: "topic",
      attributes: { eventType: "SENTENCE_CHANGED" },
      event: { eventType: "SENTENCE_CHANGED", eventDatetime: "2026-02-25T11:24:32.935401", crn: "X100002" },
    },
    answers: { [handoverPath]: dates },
  },
  identifier: {
    given: given("A prison number is added to a case"),
    message: {
      via: "topic",
      attributes: { eventType: "probation-case.prison-identifier.added" },
      event: {
        eventType: "probation-case.prison-identifier.added",
        version: 1,
        occurredAt,
        personReference: personReference("A1002AA"),
      },
    },
    answers: { [handoverPath]: dates },
  },
  refresh: {
    given: given("A case is refreshed"),
    message: {
      via: "queue",
      event: {
        eventType: "manage-pom-cases-and-delius.internal.refresh",
        version: 1,
        occurredAt,
        personReference: personReference("A1002AA"),
        additionalInformation: { facts: ["handover", "allocation"], dryRun: false, removeStale: false },
      },
    },
    answers: { [handoverPath]: dates },
  },
};
