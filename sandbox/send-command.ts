import { z } from "zod";
import { managers, prisons } from "./mpc/page.ts";
import { useSandbox } from "./running-sandbox.ts";
import type { RunningParts } from "./sandbox-state.ts";
import { openScreen, type Screen } from "./screen.ts";
import { readSendRequest, type Form } from "./send-request.ts";
import { paint, wrap, type Line } from "./terminal.ts";
import { entrySchema, describeChanges, describeOutcome, type Entry } from "./step-text.ts";

const usage = `Usage: npm run send -- <what> [of whom] [options]

Does in the sandbox what a user of Manage POM Cases or of Delius does, or sends what goes wrong, and shows what comes of it.

  allocation [NOMS]        a POM is allocated: someone else than now, or --officer, at --prison
  deallocation [NOMS]      no one is POM any more
  handover [NOMS]          handover dates are set: --start and --date, or cleared: --clear
  release [NOMS]           the prisoner is released: no POM, no dates
  sentence [CRN]           Delius has one custodial sentence more
  identifier [CRN] [NOMS]  Delius has a prison number for a case that had none
  duplicate                the queue delivers the last message once more
  poison                   a message that is not JSON
  outage on|off            Manage POM Cases answers 503, or is well again

  --officer <surname>      one of ${managers.map(({ surname }) => surname).join(", ")}
  --prison <code>          one of ${Object.keys(prisons).join(", ")}
  --start <date>           handover start, as 2027-01-31
  --date <date>            handover, as 2027-02-28
  --wait <seconds>         how long to wait for what comes of it; 15 by default, at most 60
  --help                   show this text

Without NOMS it is A1001AA, or A1004AA for dates; without CRN it is X100006 for a sentence and X100007 for a number.
A case that waits and is unblocked: handover A1006AA, then sentence X100006.
`;

const answerSchema = z.union([
  z.object({ refusal: z.string() }),
  z.object({
    isOut: z.boolean(),
    sent: z.array(z.object({ inboxKey: z.string(), eventType: z.string(), entries: z.array(entrySchema).nullable() })),
  }),
]);

type Answer = Exclude<z.infer<typeof answerSchema>, { refusal: string }>;

process.exitCode = await run(process.argv.slice(2));

async function run(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const request = readSendRequest(words, new Date());
  if ("fault" in request) return fail(`${request.fault}\n\n${usage}`, 2);
  return useSandbox(process.env, (parts) => send(parts, request.form));
}

async function send(parts: RunningParts, form: Form): Promise<number> {
  const answer = await post(parts, form);
  if ("refusal" in answer) return fail(`${answer.refusal}\n`, 1);
  describe(answer, parts, openScreen(process.stdout));
  return answer.isOut || answer.sent.every(({ entries }) => entries !== null) ? 0 : 1;
}

function fail(text: string, code: number): number {
  process.stderr.write(text);
  return code;
}

async function post({ mpc }: RunningParts, form: Form) {
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined);
  const headers = { accept: "application/json" };
  const response = await fetch(`${mpc}/`, { method: "POST", headers, body: new URLSearchParams(fields) });
  return answerSchema.parse(await response.json());
}

function describe({ isOut, sent }: Answer, parts: RunningParts, screen: Screen): void {
  if (isOut) {
    screen.print("Manage POM Cases is out of service: what is sent now waits. `npm run send -- outage off` ends that.");
  } else if (sent.length === 0) {
    screen.print("Manage POM Cases answers.");
  }
  for (const { inboxKey, eventType, entries } of sent) {
    screen.print(`Sent ${eventType}\nKey  ${inboxKey}`);
    if (entries === null) screen.print(`Not settled yet. Look at ${parts.mpc}/ or, for the cause, at ${parts.log}.`);
    else screen.print(entries.map((entry) => renderEntry(entry, screen)).join("\n"));
    const person = entries?.find(({ nomsNumber }) => nomsNumber !== null)?.nomsNumber;
    if (person != null) screen.print(`More: npm run explain -- ${person}`);
  }
}

function renderEntry(entry: Entry, screen: Screen): string {
  const terminal = screen.terminal();
  const reasons: readonly Line[] = entry.reasons.map((text) => ({ text: `  ${text}`, hanging: 2 }));
  return [describeOutcome(entry), ...reasons, ...describeChanges(entry)]
    .flatMap((line) => wrap(line, terminal.width).map((text) => paint(terminal, text, line.tone)))
    .join("\n");
}
