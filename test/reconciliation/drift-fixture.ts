import { z } from "zod";
import type { Prisoner } from "../../sandbox/mpc/prisoner.ts";
import { seedDatabase } from "../../sandbox/seed/seed.ts";
import { openComparison, type Comparison } from "../../src/comparison.ts";
import { readConfig } from "../../src/config.ts";
import type { ReconciliationSettings } from "../../src/reconciliation/reconciliation-job.ts";
import { listDifferences } from "../../src/reconciliation/reconciliation-store.ts";
import { startService, type TestService } from "../support/service.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** A difference by prison number, fact and class. */
export type Told = readonly [nomsNumber: string, fact: string | null, name: string];

/** 500 cases in Delius, and Manage POM Cases with a known drift from them. */
export interface DriftWorld extends AsyncDisposable {
  readonly service: TestService;
  readonly database: TestDatabase;
  readonly comparison: Comparison;
  /** What a reconciliation is to find. */
  readonly known: readonly Told[];
  /** How many cases a reconciliation reads. */
  readonly inScope: number;
  readonly settings: ReconciliationSettings;
}

const caseSchema = z.object({
  noms: z.string(),
  sentences: z.coerce.number(),
  isInScope: z.boolean(),
  pom: z
    .object({
      code: z.int(),
      forename: z.string(),
      surname: z.string(),
      email: z.string().nullable(),
      prison: z.string(),
    })
    .nullable(),
  dates: z.record(z.string(), z.string()),
});

type DeliusCase = Readonly<z.infer<typeof caseSchema>>;

const casesQuery = `
  select person.noms_number as noms, sentence.number as sentences,
    sentence.free > 0 or pom.row is not null or dates.row <> '{}' as "isInScope", pom.row as pom, dates.row as dates
  from offender person
  left join lateral (
    select json_build_object('code', staff.staff_id, 'forename', staff.forename, 'surname', staff.surname,
      'email', pom.email_address, 'prison', institution.nomis_cde_code) as row
    from prison_offender_manager pom
    join staff on staff.staff_id = pom.allocation_staff_id
    join probation_area provider on provider.probation_area_id = pom.probation_area_id
    join r_institution institution using (institution_id)
    where pom.offender_id = person.offender_id and pom.end_date is null and pom.allocation_date < now()
  ) pom on true
  left join lateral (
    select count(*) as number, count(*) filter (where status.code_value <> 'P') as free
    from event join disposal using (event_id) join custody using (disposal_id)
    join r_standard_reference_list status on status.standard_reference_list_id = custodial_status_id
    where event.offender_id = person.offender_id and event.active_flag = 1
  ) sentence on true
  left join lateral (
    select coalesce(jsonb_object_agg(code_value, key_date), '{}') as row
    from event join disposal using (event_id) join custody using (disposal_id) join key_date using (custody_id)
    join r_standard_reference_list on standard_reference_list_id = key_date_type_id
    where event.offender_id = person.offender_id and code_value in ('POM1', 'POM2')
  ) dates on true
  where person.noms_number is not null and person.soft_deleted = 0
  order by person.offender_id`;

/** Starts it. `isPaused` leaves the intake off. Dispose stops everything. */
export async function startDriftWorld(): Promise<DriftWorld> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createTestDatabase("template1"));
  await seedDatabase({ url: database.url, cases: 500 });
  const rows = z.array(caseSchema).parse(await database.query(casesQuery));
  const { prisoners, known } = await drift(
    database,
    rows.filter(({ isInScope }) => isInScope),
  );
  const service = starting.use(await startService({ database, prisoners }));
  const comparison = starting.use(
    await openComparison(readConfig({ ...service.environment, DATABASE_URL: database.url })),
  );
  const settings: ReconciliationSettings = {
    ...comparison,
    pace: () => Promise.resolve(),
    retryMs: [],
    parallel: 8,
    pageSize: 50,
    settleMs: 0,
    onProgress: () => undefined,
  };
  const resources = starting.move();
  return {
    service,
    database,
    comparison,
    known: sortTold(known),
    inScope: rows.filter(({ isInScope }) => isInScope).length,
    settings,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Change = (prisoner: Prisoner) => Prisoner;

/** Manage POM Cases as it would be if nothing had gone wrong, and then what has. */
async function drift(database: TestDatabase, cases: readonly DeliusCase[]) {
  const prisoners = new Map(cases.map((one) => [one.noms, asPrisoner(one)]));
  const known: Told[] = cases
    .filter(({ sentences }) => sentences > 1)
    .map(({ noms }) => [noms, "handover", "cannot-apply"]);
  const left = cases.filter(({ sentences, noms }) => sentences === 1 && noms.startsWith("G"));
  const take = (isFit: (one: DeliusCase) => boolean): DeliusCase => {
    const index = left.findIndex(isFit);
    const [found] = left.splice(index, 1);
    if (index < 0 || found === undefined) throw new Error("The generated cases hold none that is fit.");
    return found;
  };
  const apply = (one: DeliusCase, told: readonly [fact: string, name: string], change: Change) => {
    const prisoner = prisoners.get(one.noms);
    if (prisoner !== undefined) prisoners.set(one.noms, change(prisoner));
    known.push([one.noms, ...told]);
  };
  const hasPom = ({ pom }: DeliusCase) => pom !== null;
  const hasDates = ({ dates }: DeliusCase) => dates["POM1"] !== undefined && dates["POM2"] !== undefined;
  const other = await findOtherOfficer(database);
  const handover =
    (handoverDate: string | null, handoverStartDate: string | null): Change =>
    (prisoner) => ({
      ...prisoner,
      handover: { handoverDate, handoverStartDate },
    });
  apply(
    take((one) => one.pom === null),
    ["allocation", "pom-missing"],
    withPom(other),
  );
  apply(take(hasPom), ["allocation", "pom-different"], withPom(other));
  const moved = take(hasPom);
  const addressed = moved.pom ?? other;
  apply(moved, ["allocation", "pom-different"], withPom({ ...addressed, email: "another@example.com" }));
  apply(take(hasPom), ["allocation", "pom-extra"], (one) => ({
    ...one,
    allocation: { kind: "deallocated", prison: "LEI" },
  }));
  apply(take(hasPom), ["allocation", "stale"], (one) => ({ ...one, allocation: { kind: "notReady" } }));
  apply(
    take((one) => Object.keys(one.dates).length === 0),
    ["handover", "date-missing"],
    handover("2027-03-01", null),
  );
  apply(take(hasDates), ["handover", "date-different"], handover("2031-03-01", "2031-01-01"));
  apply(take(hasDates), ["handover", "date-extra"], handover(null, null));
  apply(take(hasDates), ["handover", "stale"], (one) => ({ ...one, handover: null }));
  addSameOfficer({ left, apply });
  return { prisoners: [...prisoners.values()], known };
}

interface Taking {
  readonly left: readonly DeliusCase[];
  readonly apply: (one: DeliusCase, told: readonly [string, string], change: Change) => void;
}

/** The last case of an officer who has two: there Manage POM Cases has another code for the same name. */
function addSameOfficer({ left, apply }: Taking): void {
  const last = left.findLast(({ pom }, index) => left.findIndex((one) => one.pom?.code === pom?.code) < index && pom);
  if (last?.pom == null) throw new Error("No officer has two cases.");
  apply(last, ["allocation", "same-officer"], withPom({ ...last.pom, code: 900_000 }));
}

type Pom = NonNullable<DeliusCase["pom"]>;

function withPom({ prison, ...manager }: Pom): Change {
  return (prisoner) => ({ ...prisoner, allocation: { kind: "allocated", manager, prison } });
}

function asPrisoner({ noms, pom, dates, sentences }: DeliusCase): Prisoner {
  const { POM1: handoverStartDate = null, POM2: handoverDate = null } = dates;
  const isDated = sentences > 1 || handoverStartDate !== null || handoverDate !== null;
  const empty: Prisoner = {
    noms,
    allocation: { kind: "notReady" },
    handover: isDated ? { handoverDate, handoverStartDate } : null,
  };
  return pom === null ? empty : withPom(pom)(empty);
}

/** An officer whom no case has, at Leeds, with a name of their own. */
async function findOtherOfficer(database: TestDatabase): Promise<Pom> {
  const rows = await database.query(`
    select staff.staff_id as code, staff.forename, staff.surname, null as email, institution.nomis_cde_code as prison
    from staff join probation_area using (probation_area_id) join r_institution institution using (institution_id)
    where staff.officer_code like '%P%' and nomis_cde_code = 'LEI'
      and staff.staff_id not in (select allocation_staff_id from prison_offender_manager)
      and not exists (select from staff twin where twin.forename = staff.forename and twin.surname = staff.surname
        and twin.staff_id <> staff.staff_id)
    order by staff.staff_id limit 1`);
  const [row] = rows;
  return z
    .object({
      code: z.coerce.number(),
      forename: z.string(),
      surname: z.string(),
      email: z.string().nullable(),
      prison: z.string(),
    })
    .parse(row);
}

/** What a run reports. */
export async function readReport({ comparison }: DriftWorld, runId: number): Promise<readonly Told[]> {
  const found = await listDifferences(comparison.database, runId, { after: null, most: 10_000 });
  return sortTold(found.map(({ nomsNumber, fact, class: name }) => [nomsNumber, fact, name]));
}

function sortTold(told: readonly Told[]): readonly Told[] {
  return told.toSorted((one, other) => one.join().localeCompare(other.join()));
}
