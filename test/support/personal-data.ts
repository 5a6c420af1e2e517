import assert from "node:assert/strict";
import { managers } from "../../sandbox/mpc/page.ts";
import type { Simulator } from "../../sandbox/mpc/simulator.ts";
import { officers } from "../../sandbox/seed/organisation.ts";
import type { TestDatabase } from "./test-database.ts";

// What may not stand in anything that the service writes beside its database.

/** No matter what they stand for: prison numbers, case numbers, addresses, tokens and bodies of messages. */
const shapes: readonly RegExp[] = [
  /(?<!\w)[A-Z]\d{4}[A-Z]{2}(?!\w)/i,
  /(?<!\w)[A-Z]\d{6}(?!\w)/i,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/,
  /(?<!\w)eyJ[\w-]{8,}\.[\w-]+/,
  /personReference|detailUrl/,
];

// Names that are words too.
const words: ReadonlySet<string> = new Set(["test", "code", "old", "pom", "unallocated", "staff"]);

/** Who knows the people that a service works for. */
export interface Knowing {
  readonly database: Pick<TestDatabase, "query">;
  readonly mpc?: Pick<Simulator, "prisoners">;
  /** Where Delius's tables stand. */
  readonly schema?: string;
}

/** Everything in the database, and in Manage POM Cases where it is given, that identifies a person. */
export async function listPersonal({ database, mpc, schema = "public" }: Knowing): Promise<readonly string[]> {
  const rows = await database.query(`
    select rtrim(crn) as text from ${schema}.offender
    union select rtrim(noms_number) from ${schema}.offender where noms_number is not null
    union select forename from ${schema}.staff
    union select surname from ${schema}.staff
    union select email_address from ${schema}.prison_offender_manager where email_address is not null
    union select email_address from mpc_delius.staff_email where email_address is not null`);
  const prisoners = mpc?.prisoners() ?? [];
  const known = prisoners.flatMap(({ allocation }) => (allocation.kind === "allocated" ? [allocation.manager] : []));
  const names = [...managers, ...officers, ...known].flatMap(({ forename, surname }) => [forename, surname]);
  const all = new Set([
    ...rows.map(({ text }) => String(text)),
    ...names,
    ...prisoners.map(({ noms }) => noms),
    ...known.flatMap(({ email }) => email ?? []),
  ]);
  return [...all].filter((text) => text !== "" && !words.has(text.toLowerCase()));
}

/** Every place in these lines that holds one of the texts, as a word and in any letters, or has a shape of personal data. */
export function findPersonal(lines: readonly string[], personal: readonly string[]): readonly string[] {
  const textsByFirstWord = new Map<string, string[]>();
  for (const text of personal.map((one) => one.toLowerCase())) {
    const [first = text] = wordsOf(text);
    textsByFirstWord.set(first, [...(textsByFirstWord.get(first) ?? []), text]);
  }
  return lines.flatMap((line) => {
    const lower = line.toLowerCase();
    const texts = [...new Set(wordsOf(lower))].flatMap((word) => textsByFirstWord.get(word) ?? []);
    const named = texts.filter((text) => holds(lower, text));
    const shaped = shapes.flatMap((shape) => shape.exec(line)?.[0] ?? []);
    return [...named, ...shaped].map((found) => `${found} in ${line.slice(0, 300)}`);
  });
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+/gu) ?? [];
}

function holds(line: string, text: string): boolean {
  for (let at = line.indexOf(text); at !== -1; at = line.indexOf(text, at + 1)) {
    const around = line.slice(Math.max(0, at - 1), at) + line.slice(at + text.length, at + text.length + 1);
    if (!/[\p{L}\p{N}_]/u.test(around)) return true;
  }
  return false;
}

/** Fails when anything that a service wrote identifies a person that its database or Manage POM Cases knows. */
export async function expectNothingPersonal(written: readonly string[], knowing: Knowing): Promise<void> {
  const found = findPersonal(written, await listPersonal(knowing));
  assert.deepEqual(found.slice(0, 5), [], "the service wrote what tells of a person");
}
