import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collectStatements } from "../support/statements.ts";

// Oracle has no word for the left ones; PostgreSQL runs both alike, so that the right ones cost nothing (decision 48).
const forms: readonly (readonly [form: RegExp, instead: string])[] = [
  [/\blimit\s+[$(\d]/i, "fetch first … rows only"],
  [/\boffset\s+\S+\s+(?!rows\b)/i, "offset … rows"],
  [/\bexists\s*\(\s*select\s+from\b/i, "exists (select 1 from …)"],
  [/\([^()]*(?:\([^()]*\)[^()]*)*,[^()]*\)\s*[<>]=?\s*\(/, "isBeyond: rows are compared column by column"],
];

const misfitsOf = (text: string) => forms.flatMap(([form, instead]) => (form.test(text) ? [instead] : []));

describe("the statements of the stores", () => {
  it("keep to forms that both engines have, where these cost nothing", async () => {
    const statements = await collectStatements();
    assert.deepEqual(
      statements.flatMap(({ file, name, text }) => misfitsOf(text).map((instead) => `${file} ${name}: ${instead}`)),
      [],
    );
  });

  it("would be found with any other form", () => {
    const other = [
      "select 1 from a order by b limit $1",
      "select 1 from a offset $1 fetch first 1 rows only",
      "select 1 from a where exists (\n select from b)",
      "select 1 from a where (b, c) > ($1, $2)",
      "select 1 from a where (b, c) <= (coalesce($1, '-infinity'), $2)",
    ];
    assert.deepEqual(
      other.map((text) => misfitsOf(text).length),
      other.map(() => 1),
    );
    assert.deepEqual(misfitsOf("select (extract(epoch from a) * 1000)::bigint, b from c where (d > $1 or e < $2)"), []);
  });
});
