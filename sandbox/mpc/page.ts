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

const dateField = z.union([z.literal("").transform(() => null), z.iso.date()]);
const formSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("allocate"), manager: z.string(), prison: z.enum(Object.keys(prisons)) }),
    z.object({ kind: z.literal("deallocate") }),
    z.object({ kind: z.literal("setHandover"), handoverDate: dateField, handoverStartDate: dateField }),
    z.object({ kind: z.literal("release") }),
  ])
  .and(z.object({ noms: z.string().regex(/^[A-Z]\d{4}[A-Z]{2}$/) }));

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
    return reply.redirect("/", 303);
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
  <p>What you do here is announced on the topic, as Manage POM Cases does. The service then writes it to Delius.</p></header>
  <main>
    <table>
      <thead><tr><th scope="col">Prisoner</th><th scope="col">POM</th><th scope="col">Handover dates</th><th scope="col">End</th></tr></thead>
      <tbody>${prisoners.map(renderPrisoner).join("")}</tbody>
    </table>
    <h2>Last announcements</h2>
    ${renderPublished(published)}
  </main>
</body>
</html>`;
}

function renderPrisoner({ noms, allocation, handover }: Prisoner): string {
  const prison = allocation.kind === "notReady" ? "LEI" : allocation.prison;
  const dates = handover ?? { handoverStartDate: null, handoverDate: null };
  return `<tr>
    <th scope="row">${escape(noms)}</th>
    <td><p>${describePom(allocation)}</p>${form(noms, "allocate", [
      select("manager", { label: "Officer", options: managers.map(managerOption) }),
      select("prison", { label: "Prison", options: Object.entries(prisons), chosen: prison }),
      button("Allocate"),
    ])}</td>
    <td><p>${handover === null ? "No calculation" : "Calculated"}</p>${form(noms, "setHandover", [
      dateInput("handoverStartDate", "Start", dates.handoverStartDate),
      dateInput("handoverDate", "Handover", dates.handoverDate),
      button("Set dates"),
    ])}</td>
    <td>${form(noms, "deallocate", [button("Deallocate")])}${form(noms, "release", [button("Release")])}</td>
  </tr>`;
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
  const hidden = `<input type="hidden" name="noms" value="${escape(noms)}"><input type="hidden" name="kind" value="${kind}">`;
  return `<form method="post" action="/">${hidden}${fields.join("")}</form>`;
}

interface Choice {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen?: string;
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

function button(text: string): string {
  return `<button>${text}</button>`;
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
  h1 { margin: 0; font-size: 1.6rem; } h1 small { font-weight: 400; opacity: .8; } header p { margin: .25rem 0 0; }
  main { padding: 1rem 2rem 3rem; }
  table { border-collapse: collapse; width: 100%; background: #fff; }
  th, td { border-bottom: 1px solid #d5dade; padding: .6rem .8rem; text-align: left; vertical-align: top; }
  td p { margin: 0 0 .4rem; }
  form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin-bottom: .4rem; }
  label { font-size: .85rem; } select, input { font: inherit; display: block; padding: .25rem; }
  button { font: inherit; padding: .3rem .8rem; border: 0; border-radius: 3px; background: #0b6e4f; color: #fff; cursor: pointer; }
  button:hover, button:focus { background: #08543c; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; padding: .5rem; margin: .2rem 0 .8rem; }
`;
