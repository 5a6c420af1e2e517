import { randomUUID } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import { openDatabase } from "../../src/platform/database/pool.ts";
import { listServiceUsers } from "../../src/delius/schema/inspection-store.ts";
import { secret } from "../../src/platform/process/secret.ts";
import { nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { readPopulation } from "../population.ts";
import { openClients, type CapturedStatement } from "./captured-statements.ts";
import { captureReads, createWriteTemplate, marks, type Reallocation, type WriteTemplate } from "./write-template.ts";

// The limit of the database with one message a transaction, in the place of pgbench, which the embedded PostgreSQL lacks:
// the service's own statements for one write event (claim, locks, look, read; POM, responsible officer, diary, journal,
// commit), in the same two flushes, over four connections by the driver alone. No queue, no Manage POM Cases, no parsing of
// rows by schema, no decision: what is written was decided once, and only keys, versions and times are filled in. Each
// transaction gives a random case another POM of its prison. It prints `ready` when it begins, and the transactions a second
// as JSON when SECONDS are over.

const settings = z
  .object({
    DATABASE_URL: z.string(),
    SECONDS: z.coerce.number().default(5),
    CONNECTIONS: z.coerce.number().default(4),
    DELIUS_USERNAME: z.string().default("ManagePomCasesAndDelius"),
  })
  .parse(process.env);

const warmUp = 20;

/** A case and those who can be its POM; `next` counts on. */
interface Course {
  readonly choices: readonly Reallocation[];
  next: number;
}

interface Recorded {
  readonly poms: readonly { readonly pomId: number; readonly rowVersion: number; readonly end: number | null }[];
  readonly responsibleOfficers: readonly {
    readonly responsibleOfficerId: number;
    readonly rowVersion: number;
    readonly end: number | null;
  }[];
  readonly candidates: readonly { readonly staffId: number }[];
}

const personRow = z.object({ offenderId: z.coerce.number().pipe(offenderIdSchema), staffId: z.coerce.number() });

async function listCourses(client: pg.Client): Promise<readonly Course[]> {
  const { establishments, cases } = await readPopulation(settings.DATABASE_URL);
  const { rows } = await client.query(personsQuery, [cases.map(([noms]) => noms)]);
  const persons = z.array(personRow).parse(rows);
  return persons.map(({ offenderId, staffId }, index) => {
    const [noms, place] = cases[index] ?? ["", -1];
    const { prison = "", officers = [] } = establishments[place] ?? {};
    const choices = officers
      .filter(({ code }) => code !== staffId)
      .map((manager) => ({
        nomsNumber: nomsNumberSchema.parse(noms),
        offenderId,
        answer: { kind: "allocated" as const, prisonCode: prison, manager },
      }));
    return { choices, next: index };
  });
}

const personsQuery = `
  select offender.offender_id as "offenderId", pom.allocation_staff_id as "staffId"
  from unnest($1::text[]) with ordinality as asked (noms_number, place)
  join offender on upper(offender.noms_number) = asked.noms_number and offender.soft_deleted = 0
  join prison_offender_manager pom on pom.offender_id = offender.offender_id and pom.active_flag = 1
  order by asked.place`;

function toQuery({ name, text, values }: CapturedStatement): pg.QueryConfig {
  return { name, text, values: [...values] };
}

async function reallocate(client: pg.Client, reallocation: Reallocation, template: WriteTemplate): Promise<void> {
  const inboxKey = randomUUID();
  const reads = await captureReads(inboxKey, reallocation);
  const begun = client.query("begin");
  const read = Promise.all(reads.map((statement) => client.query<Recorded>(toQuery(statement))));
  const [answers] = await Promise.all([read, begun]);
  const fill = fillIn(template, { inboxKey, reallocation, recorded: answers.at(-1)?.rows[0] });
  const writes = template.statements.map((write) => client.query(toQuery(fill(write))));
  await Promise.all([...writes, client.query("commit")]);
}

interface Filling {
  readonly inboxKey: string;
  readonly reallocation: Reallocation;
  readonly recorded: Recorded | undefined;
}

function fillIn(template: WriteTemplate, { inboxKey, reallocation, recorded }: Filling) {
  const pom = recorded?.poms.find(({ end }) => end === null);
  const responsible = recorded?.responsibleOfficers.find(({ end }) => end === null);
  const [officer] = recorded?.candidates ?? [];
  if (pom === undefined || responsible === undefined || officer === undefined) throw new Error("The case is not open.");
  const fillings: readonly (readonly [mark: string | number, value: string | number])[] = [
    [template.inboxKey, inboxKey],
    [template.nomsNumber, reallocation.nomsNumber],
    [marks.offenderId, reallocation.offenderId],
    [marks.pomId, pom.pomId],
    [marks.pomVersion, pom.rowVersion],
    [marks.responsibleOfficerId, responsible.responsibleOfficerId],
    [marks.responsibleOfficerVersion, responsible.rowVersion],
    [marks.staffId, officer.staffId],
    [marks.now, Date.now()],
  ];
  const fillText = (text: string) =>
    fillings.reduce((filled, [mark, value]) => filled.replaceAll(String(mark), String(value)), text);
  const fillValue = (value: unknown): unknown => {
    if (value === marks.now) return Date.now();
    return typeof value === "string" ? fillText(value) : value;
  };
  return (statement: CapturedStatement): CapturedStatement => ({
    ...statement,
    values: statement.values.map(fillValue),
  });
}

interface Stint {
  readonly client: pg.Client;
  readonly courses: readonly Course[];
  readonly template: WriteTemplate;
}

/** Goes on for as long as it may, and answers how often it did it. */
async function reallocateWhile(goesOn: (count: number) => boolean, { client, courses, template }: Stint) {
  let count = 0;
  while (goesOn(count)) {
    const course = courses[Math.floor(Math.random() * courses.length)];
    const reallocation = course?.choices[course.next % course.choices.length];
    if (course === undefined || reallocation === undefined) throw new Error("There is nobody to reallocate.");
    course.next += 1;
    await reallocate(client, reallocation, template);
    count += 1;
  }
  return count;
}

async function readTemplate(courses: readonly Course[]): Promise<WriteTemplate> {
  await using database = openDatabase({ url: secret(settings.DATABASE_URL), poolSize: 1, schema: "public" });
  const [userId] = await listServiceUsers(database, settings.DELIUS_USERNAME);
  const reallocation = courses[0]?.choices[0];
  if (reallocation === undefined || userId === undefined) throw new Error("There is nobody to reallocate.");
  return await createWriteTemplate(database, reallocation, userId);
}

const clients = await openClients(settings.DATABASE_URL, settings.CONNECTIONS);
const [first] = clients;
if (first === undefined) throw new Error("CONNECTIONS must be at least 1.");
const courses = await listCourses(first);
const template = await readTemplate(courses);
// Each connection has cases of its own, so that none waits for another's lock.
const stints = clients.map((client, place) => {
  const own = courses.filter((_, index) => index % clients.length === place);
  return { client, courses: own, template };
});
// Every connection prepares its statements before it is measured, as the service has when it is.
await Promise.all(stints.map((stint) => reallocateWhile((count) => count < warmUp, stint)));
process.stdout.write("ready\n");
const began = performance.now();
const end = began + settings.SECONDS * 1000;
const counts = await Promise.all(stints.map((stint) => reallocateWhile(() => performance.now() < end, stint)));
const count = counts.reduce((sum, one) => sum + one, 0);
process.stdout.write(`${JSON.stringify({ perSecond: (count * 1000) / (performance.now() - began) })}\n`);
await Promise.all(clients.map((client) => client.end()));
