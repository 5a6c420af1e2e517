import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Action, Manager, Prisoner, Published } from "./prisoner.ts";

/** What the page shows and does. */
export interface PageSettings {
  readonly prisoners: () => readonly Prisoner[];
  readonly published: () => readonly Published[];
  readonly perform: (noms: string, action: Action) => Promise<unknown>;
}

/** Prisons that one may allocate at. */
const prisons = { LEI: "Leeds", MDI: "Moorland", WDI: "Wakefield" };

/** Officers whom one may allocate, by NOMIS staff code. Delius knows the second; the others are new to it. */
export const managers: readonly Manager[] = [
  { code: 485637, forename: "MOIC", surname: "POM", email: "moic.pom@example.com" },
  { code: 485638, forename: "Ruth", surname: "Adeyemi", email: "ruth.adeyemi@example.com" },
  { code: 485639, forename: "Jo", surname: "Lindqvist", email: "jo.lindqvist@example.com" },
  { code: 485640, forename: "Amal", surname: "Haddad", email: null },
];

/** What the sandbox's people are good for, by NOMS number. */
export const peopleToTry: Readonly<Record<string, string>> = {
  A1001AA: "One sentence; the community officer is responsible",
  A1002AA: "Began with POM Ruth Adeyemi as responsible officer and both dates",
  A1003AA: "Delius has a POM planned for next month",
  A1004AA: "One sentence, no POM, no dates",
  A1005AA: "Two sentences: handover dates have to wait",
  A1006AA: "No sentence: handover dates have to wait",
  A1008AA: "The community officer is an unallocated one",
  A1009AA: "No community officer, no sentence",
  A1010AA: "Registrations only, no sentence",
  A1012AA: "Deleted in Delius: everything has to wait",
};

const dateField = z.union([z.literal("").transform(() => null), z.iso.date()]);
const nomsPattern = /^[A-Z]\d{4}[A-Z]{2}$/;
const formSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("allocate"), manager: z.string(), prison: z.enum(Object.keys(prisons)) }),
    z.object({ kind: z.literal("deallocate") }),
    z.object({ kind: z.literal("setHandover"), handoverDate: dateField, handoverStartDate: dateField }),
    z.object({ kind: z.literal("release") }),
  ])
  .and(z.object({ noms: z.string().regex(nomsPattern, "must be a NOMS number like A1234BC") }));

/** Adds the page of the simulator: it works without JavaScript, and every value is escaped. */
export function addPage(app: FastifyInstance, { prisoners, published, perform }: PageSettings): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.get("/", (_request, reply) => {
    const list = prisoners().toSorted((a, b) => a.noms.localeCompare(b.noms));
    return reply.type("text/html; charset=utf-8").send(render(list, published()));
  });
  app.post("/", async (request, reply) => {
    const filled = formSchema.safeParse(request.body);
    if (!filled.success) {
      return reply.code(400).type("text/plain; charset=utf-8").send(z.prettifyError(filled.error));
    }
    await perform(filled.data.noms, toAction(filled.data));
    // Back to where one was.
    return reply.redirect(`/#${filled.data.noms}`, 303);
  });
}

function toAction(filled: z.infer<typeof formSchema>): Action {
  if (filled.kind !== "allocate") return filled;
  const manager = managers.find(({ code }) => String(code) === filled.manager) ?? managers[0];
  if (manager === undefined) throw new Error("There is no officer to allocate.");
  return { kind: "allocate", manager, prison: filled.prison };
}

function render(prisoners: readonly Prisoner[], published: readonly Published[]): string {
  return `<!doctype html>
<html lang="en-GB">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Manage POM Cases simulator</title>
  <style>${styles}</style>
</head>
<body>
  <header><h1>Manage POM Cases <small>simulator</small></h1>
  <p>What you do here is announced on the topic, as Manage POM Cases does. The service then brings Delius into line, and
  the terminal of <code>npm start</code> tells what came of it.</p></header>
  <main>
    <table>
      <thead><tr><th scope="col">Prisoner</th><th scope="col">POM</th><th scope="col">Handover dates</th><th scope="col">Prison</th></tr></thead>
      <tbody>${prisoners.map(renderPrisoner).join("")}${renderOther()}</tbody>
    </table>
    <h2>Last announcements</h2>
    ${renderPublished(published)}
  </main>
</body>
</html>`;
}

function renderPrisoner({ noms, allocation, handover }: Prisoner): string {
  const { handoverStartDate, handoverDate } = handover ?? { handoverStartDate: null, handoverDate: null };
  const chosen = allocation.kind === "allocated" ? String(allocation.manager.code) : undefined;
  return `<tr id="${escape(noms)}">
    <th scope="row">${escape(noms)}<small>${escape(peopleToTry[noms] ?? "")}</small></th>
    <td><p>${describePom(allocation)}</p>${form(noms, "allocate", [
      select("manager", { label: "Officer", options: managers.map(managerOption), chosen }),
      select("prison", { label: "Prison", options: Object.entries(prisons), chosen: prisonOf(allocation) }),
      button("Allocate"),
    ])}${form(noms, "deallocate", [button("Deallocate", "quiet")])}</td>
    <td><p>${describeHandover(handover)}</p>${form(noms, "setHandover", [
      dateInput("handoverStartDate", "Start", handoverStartDate),
      dateInput("handoverDate", "Handover", handoverDate),
      button("Set dates"),
    ])}${form(noms, "setHandover", [hidden("handoverStartDate", ""), hidden("handoverDate", ""), button("Clear dates", "quiet")])}</td>
    <td>${form(noms, "release", [button("Release", "quiet")])}</td>
  </tr>`;
}

function renderOther(): string {
  const fields = [
    `<label>NOMS number <input name="noms" required pattern="${nomsPattern.source.slice(1, -1)}" placeholder="A1234BC" size="9"></label>`,
    select("manager", { label: "Officer", options: managers.map(managerOption) }),
    select("prison", { label: "Prison", options: Object.entries(prisons) }),
    button("Allocate"),
  ];
  return `<tr><th scope="row">Somebody else</th>
    <td colspan="3"><form method="post" action="/">${hidden("kind", "allocate")}${fields.join("")}</form></td></tr>`;
}

function prisonOf(allocation: Prisoner["allocation"]): string | undefined {
  return allocation.kind === "notReady" ? undefined : allocation.prison;
}

function describeHandover(handover: Prisoner["handover"]): string {
  if (handover === null) return "Not calculated";
  if (handover.handoverStartDate === null && handover.handoverDate === null) return "No dates";
  return `Start ${tellDate(handover.handoverStartDate)}, handover ${tellDate(handover.handoverDate)}`;
}

function tellDate(date: string | null): string {
  return date === null ? "none" : date.split("-").toReversed().join("/");
}

function describePom(allocation: Prisoner["allocation"]): string {
  if (allocation.kind === "notReady") return "Not ready for allocation";
  if (allocation.kind === "deallocated") return "Nobody is allocated";
  const { manager, prison } = allocation;
  return `<strong>${escape(`${manager.forename} ${manager.surname}`)}</strong> at ${escape(prison)}`;
}

function managerOption({ code, forename, surname }: Manager): readonly [string, string] {
  return [String(code), `${forename} ${surname}`];
}

function form(noms: string, kind: Action["kind"], fields: readonly string[]): string {
  return `<form method="post" action="/">${hidden("noms", noms)}${hidden("kind", kind)}${fields.join("")}</form>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escape(value)}">`;
}

interface Choice {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen?: string | undefined;
}

function select(name: string, { label, options, chosen }: Choice): string {
  const items = options.map(([value, text]) => {
    const selected = value === chosen ? " selected" : "";
    return `<option value="${escape(value)}"${selected}>${escape(text)}</option>`;
  });
  return `<label>${label} <select name="${name}">${items.join("")}</select></label>`;
}

function dateInput(name: string, label: string, value: string | null): string {
  return `<label>${label} <input type="date" name="${name}" value="${escape(value ?? "")}"></label>`;
}

function button(text: string, look: "main" | "quiet" = "main"): string {
  return `<button class="${look}">${text}</button>`;
}

function renderPublished(published: readonly Published[]): string {
  if (published.length === 0) return "<p>Nothing yet.</p>";
  const items = published.slice(-10).toReversed();
  return `<ol>${items.map(({ eventType, body }) => `<li><code>${escape(eventType)}</code><pre>${escape(body)}</pre></li>`).join("")}</ol>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

const styles = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f23; background: #f6f7f8; }
  header { background: #12344d; color: #fff; padding: 1rem 2rem; }
  th small { display: block; font-weight: 400; font-size: .85rem; max-width: 14rem; color: #47525c; }
  tr:target { background: #fff8db; }
  h1 { margin: 0; font-size: 1.6rem; } h1 small { font-weight: 400; opacity: .8; } header p { margin: .25rem 0 0; }
  main { padding: 1rem 2rem 3rem; }
  table { border-collapse: collapse; width: 100%; background: #fff; }
  th, td { border-bottom: 1px solid #d5dade; padding: .6rem .8rem; text-align: left; vertical-align: top; }
  td p { margin: 0 0 .4rem; }
  form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin-bottom: .4rem; }
  label { font-size: .85rem; } select, input { font: inherit; display: block; padding: .25rem; }
  button { font: inherit; padding: .3rem .8rem; border: 0; border-radius: 3px; background: #0b6e4f; color: #fff; cursor: pointer; }
  button:hover, button:focus { background: #08543c; }
  button.quiet { background: #e4e8eb; color: #1b1f23; } button.quiet:hover, button.quiet:focus { background: #cdd4d9; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; padding: .5rem; margin: .2rem 0 .8rem; }
`;
