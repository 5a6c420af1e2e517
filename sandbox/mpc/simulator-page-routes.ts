import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { listDeliusCases, listResults } from "../delius-case-store.ts";
import { waitUntilSettled } from "../settled-message.ts";
import { renderPage } from "./page-document.ts";
import type { PagePerson } from "./page-person.ts";
import { peopleToTry, peopleWithoutNumber } from "./page.ts";
import { newPrisoner, type Prisoner } from "./prisoner.ts";
import { describeFaults, tryOut, tryoutSchema, type Tryout, type TryoutParts } from "./tryout.ts";

/** A page comes back when what was done is settled, or after so long. */
const pagePatienceMs = 2_000;
/** While Manage POM Cases is out only what does not need it is settled. */
const outagePatienceMs = 500;
/** Whoever asks for JSON may wait longer. */
const patience = z.coerce.number("must be a number of seconds").min(0).max(60, "must be at most 60 seconds").default(0);
const requestSchema = z.intersection(tryoutSchema, z.object({ waitSeconds: patience }));

/** What the page rests on. */
export interface PageParts extends TryoutParts {
  /** Where the service's console is, which starts after the simulator; null until that is known. */
  readonly consoleOrigin: () => string | null;
}

/** Adds the page of the simulator. Its forms are also what `npm run send` fills in, asking for JSON. */
export function addPage(app: FastifyInstance, parts: PageParts): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  const show = async (refusal: string | null) => renderPage(await readView(parts, refusal));
  app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(await show(null)));
  app.post("/", async (request, reply) => {
    const isForProgram = request.headers.accept === "application/json";
    const filled = requestSchema.safeParse(request.body);
    const tried = filled.success ? await tryOut(parts, filled.data) : { refusal: describeFaults(filled.error) };
    if (!filled.success || "refusal" in tried) {
      const refusal = "refusal" in tried ? tried.refusal : "";
      reply.code(400);
      return isForProgram ? { refusal } : reply.type("text/html; charset=utf-8").send(await show(refusal));
    }
    const patienceMs = isForProgram ? filled.data.waitSeconds * 1_000 : pagePatienceMs;
    const entries = await waitUntilSettled(
      parts.database,
      tried.sent,
      Math.min(patienceMs, parts.mpc.isOut() ? outagePatienceMs : Infinity),
    );
    if (!isForProgram) return reply.redirect(`/#${anchorOf(filled.data)}`, 303);
    return {
      isOut: parts.mpc.isOut(),
      sent: tried.sent.map(({ inboxKey, eventType }, index) => ({ inboxKey, eventType, entries: entries[index] })),
    };
  });
}

/** Back to where one was. */
function anchorOf(tryout: Tryout): string {
  if ("noms" in tryout) return tryout.noms;
  return "crn" in tryout ? tryout.crn : "";
}

async function readView({ mpc, announcements, database, consoleOrigin }: PageParts, refusal: string | null) {
  const prisoners = mpc.prisoners().toSorted((a, b) => a.noms.localeCompare(b.noms));
  const known = prisoners.map(({ noms }) => noms);
  const cases = await listDeliusCases(database, {
    noms: known,
    crns: Object.keys(peopleWithoutNumber),
    now: Date.now(),
  });
  const sides = [
    ...prisoners.map((prisoner) => ({ prisoner, delius: cases.find(({ noms }) => noms === prisoner.noms) ?? null })),
    ...cases
      .filter(({ noms }) => noms === null || !known.includes(noms))
      .map((delius) => ({ prisoner: delius.noms === null ? null : newPrisoner(delius.noms), delius })),
  ];
  const announced = announcements.latest();
  const keys = announced.map(({ inboxKey }) => inboxKey);
  const noms = sides.flatMap(({ prisoner }) => prisoner?.noms ?? []);
  const results = await listResults(database, { noms, keys });
  const people = sides.map((both) => describe(both, results));
  return { people, announced, results, isOut: mpc.isOut(), consoleOrigin: consoleOrigin(), refusal };
}

interface Sides {
  readonly prisoner: Prisoner | null;
  readonly delius: PagePerson["delius"];
}

function describe({ prisoner, delius }: Sides, results: PagePerson["results"]): PagePerson {
  const hint = peopleToTry[prisoner?.noms ?? ""] ?? peopleWithoutNumber[delius?.crn ?? ""] ?? "";
  const about = results.filter(({ noms }) => noms !== null && noms === prisoner?.noms);
  const last = about.at(-1)?.inboxKey;
  return { prisoner, delius, hint, results: about.filter(({ inboxKey }) => inboxKey === last) };
}
