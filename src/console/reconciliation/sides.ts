import { z } from "zod";
import type { KeptDifference } from "../../operations/reconciliation/drift.ts";
import { displayDate, displayTime } from "../web/display.ts";

/** One thing that both sides hold, and whether they differ in it. */
export interface SideRow {
  readonly label: string;
  readonly inMpc: string;
  readonly inDelius: string;
  readonly differs: boolean;
}

const datesSchema = z.object({
  kind: z.literal("dates"),
  handoverDate: z.iso.date().nullish(),
  handoverStartDate: z.iso.date().nullish(),
});
const managerSchema = z.object({ forename: z.string(), surname: z.string(), email: z.string().nullish() });
const allocatedSchema = z.object({ kind: z.literal("allocated"), prisonCode: z.string(), manager: managerSchema });
const otherSchema = z.object({ kind: z.string() });
const keyDatesSchema = z.object({ keyDates: z.array(z.object({ type: z.string(), date: z.iso.date() })) });
const pomsSchema = z.object({
  poms: z.array(
    z.object({ name: z.string(), email: z.string().nullish(), provider: z.string(), start: z.iso.datetime() }),
  ),
});
const sharedSchema = z.object({ staffCodes: z.array(z.int()) });
const officerSchema = z.object({ officer: z.string() });

type Sides = Pick<KeptDifference, "fact" | "class" | "inMpc" | "inDelius">;

/** What Manage POM Cases says beside what Delius holds, as far as both can be read. */
export function compareSides(difference: Sides): readonly SideRow[] {
  const { inMpc, inDelius } = difference;
  const shared = sharedSchema.safeParse(inMpc).data;
  if (shared !== undefined) return [compareOfficers(shared.staffCodes, inDelius)];
  if (difference.class === "error") return [];
  return difference.fact === "handover" ? compareDates(inMpc, inDelius) : comparePoms(difference);
}

function compareOfficers(staffCodes: readonly number[], inDelius: unknown): SideRow {
  const officer = officerSchema.safeParse(inDelius).data?.officer ?? "not read";
  return { label: "Officer", inMpc: `staff codes ${staffCodes.join(", ")}`, inDelius: officer, differs: true };
}

const dateLabels = [
  ["POM1", "Handover start date", "handoverStartDate"],
  ["POM2", "Handover date", "handoverDate"],
] as const;

function compareDates(inMpc: unknown, inDelius: unknown): readonly SideRow[] {
  const answer = datesSchema.safeParse(inMpc).data;
  const { keyDates = [] } = keyDatesSchema.safeParse(inDelius).data ?? {};
  return dateLabels.map(([type, label, name]) => {
    const wanted = answer?.[name] ?? null;
    const held = keyDates.filter((one) => one.type === type).map(({ date }) => date);
    return {
      label,
      inMpc: wanted === null ? "none" : displayDate(wanted),
      inDelius: held.map(displayDate).join(", ") || "none",
      differs: held.join() !== (wanted ?? ""),
    };
  });
}

const otherAnswers: Readonly<Record<string, string>> = {
  deallocated: "no POM",
  notReady: "not ready to be given a POM",
};

function comparePoms({ class: name, inMpc, inDelius }: Sides): readonly SideRow[] {
  const { poms = [] } = pomsSchema.safeParse(inDelius).data ?? {};
  const list = (write: (pom: (typeof poms)[number]) => string) => poms.map(write).join("; ");
  const start = { label: "Since", inMpc: "not said", inDelius: list((pom) => displayTime(Date.parse(pom.start))) };
  const answer = allocatedSchema.safeParse(inMpc).data;
  const [officers, since] = [list((pom) => pom.name) || "no POM", { ...start, differs: false }];
  if (answer === undefined) {
    const kind = otherSchema.safeParse(inMpc).data?.kind ?? "";
    const differs = name !== "cannot-apply";
    return [{ label: "POM", inMpc: otherAnswers[kind] ?? "not known", inDelius: officers, differs }, since];
  }
  const { manager, prisonCode } = answer;
  const emails = { label: "E-mail", inMpc: manager.email ?? "none", inDelius: list((pom) => pom.email ?? "none") };
  const person = { label: "POM", inMpc: `${manager.forename} ${manager.surname}`, inDelius: officers };
  const rows = [person, emails].map(fillIn).map((row) => ({ ...row, differs: !isSame(row) }));
  // Prisons and providers have codes of their own: they differ where nothing else does.
  const isElsewhere = name === "pom-different" && rows.every(({ differs }) => !differs);
  const place = { label: "Prison, provider", inMpc: prisonCode, inDelius: list((pom) => pom.provider) };
  return [...rows, { ...fillIn(place), differs: isElsewhere }, fillIn(since)];
}

function isSame({ inMpc, inDelius }: Pick<SideRow, "inMpc" | "inDelius">): boolean {
  return inMpc.toLowerCase() === inDelius.toLowerCase();
}

function fillIn<Row extends Pick<SideRow, "inDelius">>(row: Row): Row {
  return row.inDelius === "" ? { ...row, inDelius: "none" } : row;
}
