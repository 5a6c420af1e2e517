import { z } from "zod";

/** An officer as Manage POM Cases knows them; `code` is the NOMIS staff code. */
export const managerSchema = z.object({
  code: z.int(),
  forename: z.string(),
  surname: z.string(),
  email: z.string().nullable(),
});

/** A prisoner as Manage POM Cases sees them. */
export const prisonerSchema = z.object({
  noms: z.string(),
  allocation: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("allocated"), manager: managerSchema, prison: z.string() }),
    z.object({ kind: z.literal("deallocated"), prison: z.string() }),
    z.object({ kind: z.literal("notReady") }),
  ]),
  handover: z.object({ handoverDate: z.iso.date().nullable(), handoverStartDate: z.iso.date().nullable() }).nullable(),
});

export type Manager = Readonly<z.infer<typeof managerSchema>>;

export type Prisoner = Readonly<z.infer<typeof prisonerSchema>>;

/** What a person does in Manage POM Cases. */
export type Action =
  | { readonly kind: "allocate"; readonly manager: Manager; readonly prison: string }
  | { readonly kind: "deallocate" }
  | { readonly kind: "setHandover"; readonly handoverDate: string | null; readonly handoverStartDate: string | null }
  | { readonly kind: "release" };

/** An event of Manage POM Cases, but for what is the same in all of them. */
export interface Announcement {
  readonly eventType: string;
  readonly description: string;
  readonly path: string;
  readonly additionalInformation?: Readonly<Record<string, string | number | null>>;
}

/** An event that was published. */
export interface Published {
  readonly messageId: string;
  readonly eventType: string;
  readonly body: string;
}

/** A prisoner of whom Manage POM Cases knows nothing yet. */
export function newPrisoner(noms: string): Prisoner {
  return { noms, allocation: { kind: "notReady" }, handover: null };
}

/** What an action makes of a prisoner, and what is announced of it. */
export function act(
  prisoner: Prisoner,
  action: Action,
): { prisoner: Prisoner; announcements: readonly Announcement[] } {
  const { noms } = prisoner;
  switch (action.kind) {
    case "allocate": {
      const { manager, prison } = action;
      const allocated = { ...prisoner, allocation: { kind: "allocated" as const, manager, prison } };
      const details = { staffCode: manager.code, prisonId: prison, eventTrigger: "user" };
      return { prisoner: allocated, announcements: [allocationChanged(noms, details)] };
    }
    case "deallocate": {
      const prison = prisonOf(prisoner.allocation);
      const deallocated = { ...prisoner, allocation: { kind: "deallocated" as const, prison } };
      const details = { staffCode: null, prisonId: prison, eventTrigger: "offender_transferred" };
      return { prisoner: deallocated, announcements: [allocationChanged(noms, details)] };
    }
    case "setHandover": {
      const { handoverDate, handoverStartDate } = action;
      const dated = { ...prisoner, handover: { handoverDate, handoverStartDate } };
      return { prisoner: dated, announcements: [handoverChanged(noms)] };
    }
    case "release": {
      const prison = prisonOf(prisoner.allocation);
      const handover = { handoverDate: null, handoverStartDate: null };
      const released: Prisoner = { ...prisoner, allocation: { kind: "deallocated", prison }, handover };
      const details = { staffCode: null, prisonId: prison, eventTrigger: "offender_released" };
      return { prisoner: released, announcements: [allocationChanged(noms, details), handoverChanged(noms)] };
    }
  }
}

/** The prison that a prisoner is in; on a deallocation the event names the one that they leave. */
export function prisonOf(allocation: Prisoner["allocation"]): string {
  return allocation.kind === "notReady" ? "LEI" : allocation.prison;
}

function allocationChanged(noms: string, additionalInformation: NonNullable<Announcement["additionalInformation"]>) {
  return {
    eventType: "offender-management.allocation.changed",
    description: "A POM allocation has changed",
    path: `/api/allocation/${noms}/primary_pom`,
    additionalInformation,
  };
}

function handoverChanged(noms: string): Announcement {
  return {
    eventType: "offender-management.handover.changed",
    description: "Handover date and/or responsibility was updated",
    path: `/api/handovers/${noms}`,
  };
}

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function notFound(message: string): Answer {
  return { status: 404, body: { status: "error", message } };
}

/** The API's answer about a prisoner's POM. */
export function answerAllocation({ allocation }: Prisoner): Answer {
  if (allocation.kind === "notReady") return notFound("Not ready for allocation");
  if (allocation.kind === "deallocated") return notFound("Not allocated");
  const { manager, prison } = allocation;
  return { status: 200, body: { manager, prison: { code: prison } } };
}

/** The API's answer about a prisoner's handover dates. */
export function answerHandover({ noms, handover, allocation }: Prisoner): Answer {
  if (handover === null) return notFound("Not found");
  const isPom = allocation.kind === "allocated";
  const body = {
    nomsNumber: noms,
    ...handover,
    responsibility: isPom ? "POM" : "COM",
    responsibleComName: null,
    responsibleComEmail: null,
    responsiblePomName: isPom ? `${allocation.manager.surname}, ${allocation.manager.forename}` : null,
    responsiblePomNomisId: isPom ? allocation.manager.code : null,
  };
  return { status: 200, body };
}
