/** A form of a page and the API operation that does the same. */
export interface Pair {
  readonly form: string;
  readonly operation: string;
  /** What takes the place of the parameter of both addresses; 1 by default. */
  readonly name?: string;
  /** A page that shows the form. */
  readonly page: string;
  /** What makes it show the form, and what undoes that. */
  readonly shownWhile?: Change;
  /** Each field of the form, with the property of the request that holds the same. */
  readonly fields: Readonly<Record<string, string>>;
  /** Properties that no form has, each with why. */
  readonly withoutField?: Readonly<Record<string, string>>;
  /** What both take, but for the reason. */
  readonly valid: Input;
}

/** A statement, and the one that undoes it. */
export type Change = readonly [run: string, undo: string];

/** The same input as a form holds it and as the API takes it. */
export interface Input {
  readonly form: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the rows name: a held, a discarded and a replayed message, and a run, a repair and a group replay. */
export const known = { held: "held", discarded: "discarded", replaying: "replaying", group: "UnknownPrison" } as const;

const [run, repair, groupReplay] = ["1", "2026-01-01-1", "1"];
const reason = { reason: "reason" };
const nothing = { form: {}, body: {} };
const paused: Change = [
  "update mpc_delius.intake_state set running = false",
  "update mpc_delius.intake_state set running = true",
];
const keys = (inboxKey: string): Input => ({ form: { inboxKey }, body: { inboxKeys: [inboxKey] } });
const order = (name: string, inboxKey: string): Pair => ({
  form: `/console/quarantine/${name}`,
  operation: `POST /operations/quarantine/${name}`,
  page: `/console/quarantine/${name}?inboxKey=${inboxKey}`,
  fields: { ...reason, inboxKey: "inboxKeys" },
  withoutField: { group: "a page lists the messages of a group, and orders what it lists" },
  valid: keys(inboxKey),
});

/** Every form, with its operation. */
export const pairs: readonly Pair[] = [
  ...(["pause", "resume"] as const).map((name) => ({
    form: `/console/intake/${name}`,
    operation: `POST /operations/intake/${name}`,
    page: "/console",
    ...(name === "resume" && { shownWhile: paused }),
    fields: reason,
    valid: nothing,
  })),
  order("replay", known.held),
  order("discard", known.held),
  order("restore", known.discarded),
  order("cancel", known.replaying),
  {
    form: "/console/quarantine/groups/replay",
    operation: "POST /operations/quarantine/group-replays",
    page: `/console/quarantine/groups/replay?group=${known.group}`,
    fields: { ...reason, group: "group" },
    valid: { form: { group: known.group }, body: { group: known.group } },
  },
  {
    form: "/console/quarantine/groups/:id/cancel",
    operation: "POST /operations/quarantine/group-replays/:id/cancel",
    page: `/console/quarantine/groups/${groupReplay}`,
    fields: reason,
    valid: nothing,
  },
  {
    form: "/console/dead-letters/redrive",
    operation: "POST /operations/dead-letters/redrive",
    page: "/console/dead-letters/redrive?inboxKey=dead",
    fields: { ...reason, inboxKey: "inboxKeys" },
    valid: keys("dead"),
  },
  {
    form: "/console/waiting/dismiss",
    operation: "POST /operations/waiting/dismiss",
    page: "/console/waiting/dismiss?nomsNumber=A1001AA&fact=handover",
    fields: { ...reason, nomsNumber: "nomsNumber", fact: "fact" },
    valid: {
      form: { nomsNumber: "A1001AA", fact: "handover" },
      body: { nomsNumber: "A1001AA", fact: "handover" },
    },
  },
  {
    form: "/console/reconciliation",
    operation: "POST /operations/reconciliations",
    page: "/console/reconciliation",
    shownWhile: [
      "update mpc_delius.reconciliation_run set due_at = null where ordered_by is not null",
      "update mpc_delius.reconciliation_run set due_at = '2100-01-01' where ordered_by is not null",
    ],
    fields: { ...reason, scope: "selection", person: "selection", prison: "selection", sample: "selection" },
    valid: { form: { scope: "person", person: "A1001AA" }, body: { selection: { nomsNumbers: ["A1001AA"] } } },
  },
  {
    form: "/console/reconciliation/:id/cancel",
    operation: "POST /operations/reconciliations/:id/cancel",
    name: "2",
    page: "/console/reconciliation/2",
    fields: reason,
    valid: nothing,
  },
  {
    form: "/console/reconciliation/:id/repair",
    operation: "POST /operations/reconciliations/:id/repair",
    page: `/console/reconciliation/${run}/repair`,
    fields: { ...reason, removeStale: "removeStale", allowDeletes: "allowDeletes" },
    withoutField: { dryRun: "a page previews a repair instead of rehearsing it" },
    valid: {
      form: { removeStale: "true", allowDeletes: "true" },
      body: { dryRun: false, removeStale: true, allowDeletes: true },
    },
  },
  ...(["continue", "cancel"] as const).map((name) => ({
    form: `/console/reconciliation/repairs/:refreshRun/${name}`,
    operation: `POST /operations/refresh/:refreshRun/${name}`,
    name: repair,
    page: `/console/reconciliation/repairs/${repair}`,
    fields: reason,
    valid: nothing,
  })),
];

/** The operations without a form, each with why. */
export const withoutForm: Readonly<Record<string, string>> = {
  "POST /operations/quarantine/preview": "it changes nothing: pages show it when they are opened",
  "POST /operations/refresh": "of cases that no run reports; docs/operators.md says what to use",
  "PUT /queue-admin/retry-dlq/:dlqName": "for the shared library's clients; a page redrives with a reason",
  "PUT /queue-admin/retry-all-dlqs": "for the shared library's clients; a page redrives with a reason",
  "PUT /queue-admin/purge-queue/:queueName": "too dangerous for a page; docs/operators.md says what to use",
};

/** The forms without an operation, each with why. */
export const withoutOperation: Readonly<Record<string, string>> = {
  "/console/sign-out": "callers of the API have no session",
};

/** An input that does not fit, and what is wrong with it. */
interface Wrong extends Input {
  readonly what: string;
}

const wrongKeys: readonly Wrong[] = [
  { what: "no message", ...nothing },
  { what: "an empty list", form: {}, body: { inboxKeys: [] } },
  { what: "what is no key", ...keys("ä") },
  { what: "101 messages", ...many(101) },
];

function many(number: number): Input {
  const inboxKey = Array.from({ length: number }, (_, index) => `k${index}`);
  return { form: { inboxKey }, body: { inboxKeys: inboxKey } };
}

const select = (what: string, form: Input["form"], selection: unknown): Wrong => ({
  what,
  form,
  body: { selection },
});

/** What does not fit beside a reason that does, by form. */
export const wrongInputs: Readonly<Record<string, readonly Wrong[]>> = {
  ...Object.fromEntries(
    ["replay", "discard", "restore", "cancel"].map((name) => [
      `/console/quarantine/${name}`,
      [
        ...wrongKeys,
        {
          what: "messages and a group",
          form: { inboxKey: known.held, group: known.group },
          body: { inboxKeys: [known.held], group: known.group },
        },
      ],
    ]),
  ),
  "/console/dead-letters/redrive": wrongKeys,
  "/console/quarantine/groups/replay": [
    { what: "no group", ...nothing },
    { what: "an unknown group", form: { group: "PomAllocated" }, body: { group: "PomAllocated" } },
  ],
  "/console/waiting/dismiss": [
    { what: "no case", form: { fact: "handover" }, body: { fact: "handover" } },
    {
      what: "what is no NOMS number",
      form: { nomsNumber: "x", fact: "handover" },
      body: { nomsNumber: "x", fact: "handover" },
    },
    { what: "an unknown fact", form: { nomsNumber: "A1001AA", fact: "x" }, body: { nomsNumber: "A1001AA", fact: "x" } },
  ],
  "/console/reconciliation": [
    { what: "no selection", ...nothing },
    select("an unknown selection", { scope: "x" }, { x: true }),
    select("what is no prison", { scope: "prison", prison: "?" }, { prison: "?" }),
    select("no case", { scope: "sample", sample: "0" }, { sample: 0 }),
    select("too many cases", { scope: "sample", sample: "10,001" }, { sample: 10_001 }),
    select("what is no number", { scope: "person", person: "nobody" }, { nomsNumbers: ["nobody"] }),
  ],
};

/** An order that cannot be carried out as things stand, with what makes it so and what undoes that. */
interface Refusal {
  readonly what: string;
  readonly form: string;
  readonly input?: Input;
  /** What takes the place of the parameter in the address. */
  readonly name?: string;
  readonly prepare?: Change;
}

const sample: Input = { form: { scope: "sample", sample: "1" }, body: { selection: { sample: 1 } } };

/** What cannot be done, by form. */
export const refusals: readonly Refusal[] = [
  { what: "a message that is not quarantined", form: "/console/quarantine/replay", input: keys("unknown") },
  { what: "a message that is discarded", form: "/console/quarantine/replay", input: keys(known.discarded) },
  { what: "a message that is replayed", form: "/console/quarantine/discard", input: keys(known.replaying) },
  { what: "a message that is not discarded", form: "/console/quarantine/restore", input: keys(known.held) },
  { what: "a message that is not replayed", form: "/console/quarantine/cancel", input: keys(known.held) },
  {
    what: "a group that holds nothing",
    form: "/console/quarantine/groups/replay",
    input: { form: { group: "AmbiguousPerson" }, body: { group: "AmbiguousPerson" } },
  },
  { what: "a replay that there is not", form: "/console/quarantine/groups/:id/cancel", name: "999" },
  {
    what: "a replay that is over",
    form: "/console/quarantine/groups/:id/cancel",
    prepare: [
      "update mpc_delius.group_replay set cancelled_at = now()",
      "update mpc_delius.group_replay set cancelled_at = null",
    ],
  },
  { what: "a message that is quarantined", form: "/console/dead-letters/redrive", input: keys(known.held) },
  {
    what: "a case that does not wait",
    form: "/console/waiting/dismiss",
    input: {
      form: { nomsNumber: "A1002AA", fact: "handover" },
      body: { nomsNumber: "A1002AA", fact: "handover" },
    },
  },
  { what: "a person whom Delius does not know", form: "/console/reconciliation", input: person("Z9999ZZ") },
  {
    what: "an unknown prison",
    form: "/console/reconciliation",
    input: { form: { scope: "prison", prison: "XXX" }, body: { selection: { prison: "XXX" } } },
  },
  { what: "a second run", form: "/console/reconciliation", input: sample },
  { what: "a run that there is not", form: "/console/reconciliation/:id/cancel", name: "999" },
  { what: "a run that is over", form: "/console/reconciliation/:id/cancel", name: "1" },
  { what: "a run that there is not", form: "/console/reconciliation/:id/repair", name: "999" },
  {
    what: "a run that is not finished",
    form: "/console/reconciliation/:id/repair",
    name: "2",
  },
  {
    what: "too many deletions",
    form: "/console/reconciliation/:id/repair",
    input: { form: {}, body: { dryRun: false } },
  },
  {
    what: "work while the intake is paused",
    form: "/console/reconciliation/:id/repair",
    prepare: paused,
  },
  ...["continue", "cancel"].flatMap((name) => {
    const form = `/console/reconciliation/repairs/:refreshRun/${name}`;
    const end = (instant: string) => `update mpc_delius.refresh_run set finished_at = ${instant}`;
    return [
      { what: "a run that there is not", form, name: "2020-01-01-1" },
      { what: "a run that is over", form, name: repair, prepare: [end("now()"), end("null")] as const },
    ];
  }),
];

function person(nomsNumber: string): Input {
  return { form: { scope: "person", person: nomsNumber }, body: { selection: { nomsNumbers: [nomsNumber] } } };
}
