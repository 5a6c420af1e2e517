import { formatLondonDate, formatLondonTime } from "../../src/platform/time/london-time.ts";
import type { DeliusCase, Result } from "../delius-case-store.ts";
import { caseAddress } from "../../src/console/web/navigation.ts";
import { button, consoleLink, dateInput, escape, form, nomsInput, select } from "./page-form.ts";
import { findOther, managers, prisons } from "./page.ts";
import type { Manager, Prisoner } from "./prisoner.ts";

/** A person as both sides see them. */
export interface PagePerson {
  /** Null for a case without a prison number, of whom Manage POM Cases cannot know. */
  readonly prisoner: Prisoner | null;
  /** Null where Delius has no such case. */
  readonly delius: DeliusCase | null;
  /** What the person is good for in the sandbox. */
  readonly hint: string;
  /** What became of the last message about them. */
  readonly results: readonly Result[];
}

/** What a person is called on the page, and in its address. */
function nameOf({ prisoner, delius }: Pick<PagePerson, "prisoner" | "delius">): string {
  return prisoner?.noms ?? delius?.crn ?? "";
}

/** A person: what Manage POM Cases says, what Delius holds, what one can do on either side, and where the console shows them. */
export function renderPerson(person: PagePerson, consoleOrigin: string | null): string {
  const { prisoner, delius, hint, results } = person;
  const name = nameOf(person);
  const other =
    delius !== null && delius.crn !== name ? ` <small id="${escape(delius.crn)}">${escape(delius.crn)}</small>` : "";
  return `<article id="${escape(name)}">
<h3>${escape(name)}${other}</h3>
<p class="hint">${escape(hint)} ${consoleLink(consoleOrigin, caseAddress(name), `${name} in the console`)}</p>
<div class="sides">
<section><h4>Manage POM Cases</h4>${prisoner === null ? "<p>Not known: there is no prison number.</p>" : renderPrisoner(prisoner)}</section>
<section><h4>Delius</h4>${renderDelius(delius)}
${results.map((result) => renderResult(result, formatLondonTime(result.at.getTime()))).join("")}</section>
</div>
</article>`;
}

function renderPrisoner({ noms, allocation, handover }: Prisoner): string {
  const isAllocated = allocation.kind === "allocated";
  const { handoverStartDate, handoverDate } = handover ?? { handoverStartDate: null, handoverDate: null };
  const hasDates = handoverStartDate !== null || handoverDate !== null;
  const noDates = { handoverStartDate: "", handoverDate: "" };
  return [
    terms({ POM: describePom(allocation), Handover: describeDates(handover) }),
    form({ kind: "allocate", noms }, [
      ...allocationFields(allocation),
      button(isAllocated ? "Reallocate" : "Allocate"),
    ]),
    form({ kind: "setHandover", noms }, [
      dateInput("handoverStartDate", "Handover start", handoverStartDate),
      dateInput("handoverDate", "Handover", handoverDate),
      button("Set dates"),
    ]),
    row(
      offer(isAllocated, form({ kind: "deallocate", noms }, [button("Deallocate", "quiet")])),
      offer(hasDates, form({ kind: "setHandover", noms, ...noDates }, [button("Clear dates", "quiet")])),
      offer(isAllocated || hasDates, form({ kind: "release", noms }, [button("Release", "quiet")])),
    ),
  ].join("");
}

function offer(isOffered: boolean, html: string): string {
  return isOffered ? html : "";
}

function row(...forms: readonly string[]): string {
  return `<div class="row">${forms.join("")}</div>`;
}

/** The fields of an allocation; of a second officer where one is allocated. */
export function allocationFields(allocation: Prisoner["allocation"]): readonly string[] {
  const prison = allocation.kind === "notReady" ? undefined : allocation.prison;
  return [
    select("manager", {
      label: "Officer",
      options: managers.map(toOption),
      chosen: String(findOther(allocation).code),
    }),
    select("prison", { label: "Prison", options: Object.entries(prisons), chosen: prison }),
  ];
}

function toOption({ code, forename, surname }: Manager): readonly [string, string] {
  return [String(code), `${forename} ${surname}`];
}

function describePom(allocation: Prisoner["allocation"]): string {
  if (allocation.kind === "notReady") return "Not ready for allocation";
  if (allocation.kind === "deallocated") return "No one is allocated";
  const { manager, prison } = allocation;
  const place = Object.entries(prisons).find(([code]) => code === prison)?.[1] ?? prison;
  return `<strong>${escape(`${manager.forename} ${manager.surname}`)}</strong>, ${escape(place)}`;
}

function describeDates(handover: Prisoner["handover"]): string {
  if (handover === null) return "Not calculated";
  return describePair(handover.handoverStartDate, handover.handoverDate);
}

function describePair(start: string | null, handover: string | null): string {
  if (start === null && handover === null) return "No dates";
  return `Start <strong>${formatDate(start)}</strong>, handover <strong>${formatDate(handover)}</strong>`;
}

function formatDate(date: string | null): string {
  return date === null ? "none" : formatLondonDate(Date.parse(`${date}T12:00:00Z`));
}

function renderDelius(delius: DeliusCase | null): string {
  if (delius === null) return "<p>Delius has no case with this number.</p>";
  if (delius.isDeleted) return "<p>The case is deleted.</p>";
  const { crn, noms, poms, responsible, sentences } = delius;
  const pom = poms.map(
    ({ name, place, isPlanned }) =>
      `<strong>${escape(name)}</strong>, ${escape(place)}${isPlanned ? " (planned)" : ""}`,
  );
  const dates = sentences.map(({ start, handover }) => describePair(start, handover));
  return [
    terms({
      POM: pom.join("<br>") || "None",
      Responsible: responsible === null ? "No one" : `${escape(responsible.name)} (${responsible.role})`,
      Handover: dates.join("<br>") || "No dates: the case has no custodial sentence",
    }),
    row(
      form({ kind: "addSentence", crn }, [
        button(sentences.length === 0 ? "Add a sentence" : "Add another sentence", "quiet"),
      ]),
      noms === null ? form({ kind: "addPrisonNumber", crn }, [nomsInput(), button("Give the number")]) : "",
    ),
  ].join("");
}

function terms(list: Readonly<Record<string, string>>): string {
  const rows = Object.entries(list).map(([term, html]) => `<dt>${term}</dt><dd>${html}</dd>`);
  return `<dl>${rows.join("")}</dl>`;
}

/** What became of one fact of a message. */
export function renderResult({ outcome, outcomeClass, reasons }: Omit<Result, "at">, when = ""): string {
  const time = when === "" ? "" : ` <small>${when}</small>`;
  const why = reasons.map((reason) => `<br>${escape(reason)}`).join("");
  return `<p class="result ${outcomeClass.replace(" ", "-")}"><strong>${escape(outcome)}</strong>${time}${why}</p>`;
}
