import { parseArgs } from "node:util";
import { managers } from "./mpc/page.ts";

/** The fields of a form; what is undefined is left out. */
export type Form = Readonly<Record<string, string | undefined>>;

/** The form that the command fills in, or what is wrong with its words. */
export type SendRequest = { readonly form: Form } | { readonly fault: string };

const options = {
  officer: { type: "string" },
  prison: { type: "string" },
  start: { type: "string" },
  date: { type: "string" },
  clear: { type: "boolean" },
  wait: { type: "string" },
} as const;

type Values = ReturnType<typeof parse>["values"];

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], options, allowPositionals: true });
}

interface Wish {
  /** How many words may follow, and which options go with it. */
  readonly words: number;
  readonly options: readonly (keyof typeof options)[];
  readonly fill: (
    words: readonly string[],
    values: Values,
    today: Date,
  ) => Readonly<Record<string, string | undefined>>;
}

const wishes: Readonly<Record<string, Wish>> = {
  allocation: {
    words: 1,
    options: ["officer", "prison"],
    fill: ([noms = "A1001AA"], { officer, prison }) => ({ kind: "allocate", noms, manager: findCode(officer), prison }),
  },
  deallocation: { words: 1, options: [], fill: ([noms = "A1001AA"]) => ({ kind: "deallocate", noms }) },
  handover: { words: 1, options: ["start", "date", "clear"], fill: fillDates },
  release: { words: 1, options: [], fill: ([noms = "A1001AA"]) => ({ kind: "release", noms }) },
  sentence: { words: 1, options: [], fill: ([crn = "X100006"]) => ({ kind: "addSentence", crn }) },
  identifier: {
    words: 2,
    options: [],
    fill: ([crn = "X100007", noms = "A1007AA"]) => ({ kind: "addPrisonNumber", crn, noms }),
  },
  duplicate: { words: 0, options: [], fill: () => ({ kind: "duplicate" }) },
  poison: { words: 0, options: [], fill: () => ({ kind: "poison" }) },
  outage: { words: 1, options: [], fill: ([state]) => ({ kind: "outage", state }) },
};

/** Reads the command's words. Dates that are not named lie ahead of `today`. Pure. */
export function readSendRequest(words: readonly string[], today: Date): SendRequest {
  try {
    const { values, positionals } = parse(words);
    const [what = "", ...others] = positionals;
    const wish = Object.hasOwn(wishes, what) ? wishes[what] : undefined;
    if (wish === undefined) return { fault: what === "" ? "Say what to send." : `${what} cannot be sent.` };
    const excess = others[wish.words];
    if (excess !== undefined) return { fault: `${what} has no use for ${excess}.` };
    const used = Object.keys(options).filter((name) => name in values);
    const unused = used.find((name) => name !== "wait" && !wish.options.some((option) => option === name));
    if (unused !== undefined) return { fault: `${what} has no use for --${unused}.` };
    const { wait = "15" } = values;
    return { form: { ...wish.fill(others, values, today), waitSeconds: wait } };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function findCode(surname: string | undefined): string | undefined {
  if (surname === undefined) return undefined;
  const officer = managers.find((one) => one.surname.toLowerCase() === surname.toLowerCase());
  return officer === undefined ? surname : String(officer.code);
}

function fillDates([noms = "A1004AA"]: readonly string[], values: Values, today: Date) {
  const ahead = (days: number) => new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const { start, date, clear = false } = values;
  const isOpen = !clear && start === undefined && date === undefined;
  return {
    kind: "setHandover",
    noms,
    handoverStartDate: isOpen ? ahead(60) : (start ?? ""),
    handoverDate: isOpen ? ahead(90) : (date ?? ""),
  };
}
