import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { alignRows } from "../docs/markdown-table.ts";
import { z } from "zod";
import { drawChart } from "./chart.ts";
import { describeGoal, isReached, writeNumber, type Chart, type Figure, type Outcome } from "./measure.ts";

const directory = import.meta.dirname;
const resultsFile = path.join(directory, "results/latest.json");
const page = path.join(directory, "../docs/performance.md");
const pictures = path.join(directory, "../docs/performance");
const marks = { begin: "<!-- figures: written by npm run bench -->", end: "<!-- end of figures -->" };

const spread = { median: z.number(), least: z.number(), most: z.number() };
const figureSchema = z.object({
  measure: z.string(),
  unit: z.string(),
  goal: z.union([z.object({ atLeast: z.number() }), z.object({ atMost: z.number() })]).optional(),
  ...spread,
});
const chartSchema = z.object({
  title: z.string(),
  unit: z.string(),
  bars: z.array(z.object({ name: z.string(), ...spread })),
});
const resultSchema = z.object({
  at: z.string(),
  machine: z.string(),
  cases: z.int(),
  rounds: z.int(),
  figures: z.array(figureSchema),
  charts: z.array(chartSchema),
});
const resultsSchema = z.record(z.string(), resultSchema);

/** What a benchmark came to, where and when. */
export type Result = z.infer<typeof resultSchema>;

/** Puts an outcome beside when and where it was measured. */
export function toResult(
  outcome: Outcome,
  { cases, rounds }: { readonly cases: number; readonly rounds: number },
): Result {
  return resultSchema.parse({ at: new Date().toISOString(), machine: describeMachine(), cases, rounds, ...outcome });
}

/** Keeps results with those of the other benchmarks, and writes the page anew from all of them. */
export async function keepResults(results: Readonly<Record<string, Result>>): Promise<void> {
  const all = { ...(await readResults()), ...results };
  await mkdir(path.dirname(resultsFile), { recursive: true });
  await writeFile(resultsFile, `${JSON.stringify(all, null, 2)}\n`);
  await writePage(all);
}

async function readResults(): Promise<Readonly<Record<string, Result>>> {
  try {
    return resultsSchema.parse(JSON.parse(await readFile(resultsFile, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

/** Figures as lines of a table. */
export function writeRows(figures: readonly Figure[]): readonly (readonly string[])[] {
  return figures.map((figure) => {
    const { measure, unit, goal, median, least, most } = figure;
    return [
      measure,
      describeGoal(goal),
      `${writeNumber(median)} ${unit}`.trim(),
      `${writeNumber(least)} – ${writeNumber(most)}`,
      describeVerdict(isReached(figure)),
    ];
  });
}

function describeVerdict(reached: boolean | null): string {
  if (reached === null) return "";
  return reached ? "reached" : "missed";
}

async function writePage(results: Readonly<Record<string, Result>>): Promise<void> {
  await mkdir(pictures, { recursive: true });
  const sections = Object.entries(results).map(([name, result]) => writeSection(name, result));
  for (const { charts } of Object.values(results)) {
    for (const chart of charts) await writeFile(path.join(pictures, fileOf(chart)), drawChart(chart));
  }
  const text = await readFile(page, "utf8");
  const [before = ""] = text.split(marks.begin);
  const [, after = ""] = text.split(marks.end);
  await writeFile(page, `${before}${marks.begin}\n\n${sections.join("\n")}\n${marks.end}${after}`);
}

function writeSection(name: string, { at, machine, cases, rounds, figures, charts }: Result): string {
  const heading = ["Measure", "Goal", "Measured", "Least – most", ""];
  const rows = alignRows([heading, ...writeRows(figures)]);
  const shown = charts.map((chart) => `![${chart.title}](performance/${fileOf(chart)})\n`);
  const place = `${at.slice(0, 10)}, ${machine}, ${cases.toLocaleString("en-GB")} cases, ${rounds} rounds.`;
  return [`### ${name}`, "", place, "", ...rows, "", ...shown].join("\n");
}

function fileOf({ title }: Pick<Chart, "title">): string {
  return `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.svg`;
}

function describeMachine(): string {
  const [first] = cpus();
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} processors (${first?.model.trim() ?? "unknown"}), ${gibibytes} GiB, Node ${process.versions.node}`;
}
