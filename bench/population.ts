import { z } from "zod";
import pg from "pg";

const officerSchema = z.object({
  code: z.int(),
  forename: z.string(),
  surname: z.string(),
  email: z.null(),
});

/** Whom the events of a benchmark are about, and whom Manage POM Cases can name as their POMs. */
export const populationSchema = z.object({
  establishments: z.array(z.object({ prison: z.string(), officers: z.array(officerSchema) })),
  /** Prison numbers, each with the place of its establishment in the list above. */
  cases: z.array(z.tuple([z.string(), z.int()])),
  /** The prison numbers among them of one person in twenty, for benchmarks in which something fails for some people. */
  troubled: z.array(z.string()),
});

export type Population = z.infer<typeof populationSchema>;

const maxOfficers = 20;

// Officers whose name is theirs alone in their provider: any other name would be found, too, but not surely them.
const officersQuery = `
  select rtrim(institution.nomis_cde_code) as prison, provider.code as provider,
    (select json_agg(json_build_object('code', staff_id, 'forename', forename, 'surname', surname, 'email', null)
        order by staff_id) from (
      select min(staff_id) as staff_id, min(forename) as forename, min(surname) as surname
      from staff where staff.probation_area_id = provider.probation_area_id
      group by lower(forename), lower(surname)
      having count(*) = 1 and min(officer_code) like provider.code || 'P%'
        and bool_and(end_date is null)
      order by min(staff_id)
      limit ${maxOfficers}) chosen) as officers
  from probation_area provider
  join r_institution institution using (institution_id, establishment)
  order by provider.code`;

/** The condition, in SQL, that a person is the one in twenty. */
export function isTroubled(offenderId: string): string {
  return `${offenderId} % 20 = 0`;
}

// Cases whose present POM is the responsible officer, so that a new POM moves that too.
const casesQuery = `
  select rtrim(noms_number) as noms, provider.code as provider, ${isTroubled("person.offender_id")} as is_troubled
  from offender person
  join prison_offender_manager pom on pom.offender_id = person.offender_id and pom.end_date is null and pom.soft_deleted = 0
  join probation_area provider on provider.probation_area_id = pom.probation_area_id
  join responsible_officer officer on officer.prison_offender_manager_id = pom.prison_offender_manager_id
    and officer.end_date is null
  where person.soft_deleted = 0 and pom.allocation_date < now()
    and person.training_session_id is null
    and noms_number in (select noms_number from offender where soft_deleted = 0 group by noms_number having count(*) = 1)
  order by person.offender_id`;

const officersRow = z.object({
  prison: z.string(),
  provider: z.string(),
  officers: z.array(officerSchema).nullable(),
});
const caseRow = z.object({ noms: z.string(), provider: z.string(), is_troubled: z.boolean() });

/** Reads from a seeded database whom events can be about. */
export async function readPopulation(databaseUrl: string): Promise<Population> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const found = z.array(officersRow).parse((await client.query(officersQuery)).rows);
    const usable = found.filter(({ officers }) => officers !== null && officers.length >= maxOfficers);
    const places = new Map(usable.map(({ provider }, place) => [provider, place]));
    const cases = z.array(caseRow).parse((await client.query(casesQuery)).rows);
    return {
      establishments: usable.map(({ prison, officers }) => ({ prison, officers: officers ?? [] })),
      cases: cases.flatMap(({ noms, provider }): [string, number][] => {
        const place = places.get(provider);
        return place === undefined ? [] : [[noms, place]];
      }),
      troubled: cases.flatMap(({ noms, is_troubled: troubled }) => (troubled ? noms : [])),
    };
  } finally {
    await client.end();
  }
}
