import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { formatLondonDate } from "../../src/platform/time/london-time.ts";
import { startExplainedCases, type ExplainedCases } from "./explanation-fixture.ts";

const minute = 60_000;
const day = 24 * 60 * 60 * 1000;

/** What differs from run to run in a text, with a word as long in its place. */
function settleText(text: string): string {
  const lately = [0, day].map((ago) => formatLondonDate(Date.now() - ago)).join("|");
  return text
    .replaceAll(new RegExp(`(${lately}) \\d\\d:\\d\\d:\\d\\d`, "g"), "dd/MM/yyyy HH:mm:ss")
    .replaceAll(new RegExp(lately, "g"), "dd/MM/yyyy")
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "key-of-the-message-36-characters-long");
}

/** What is decided as of now differs between two that ask one after the other. */
function settleNow(text: string): unknown {
  const settled = settleText(text).replaceAll(/"(\d{4}-\d\d-\d\dT[\d:.]+)(?:Z|\+00:00)"/g, (told, instant: string) =>
    Date.now() - Date.parse(`${instant}Z`) < minute ? '"now"' : told,
  );
  return JSON.parse(settled);
}

describe("npm run explain", () => {
  let cases: ExplainedCases;
  before(async () => {
    cases = await startExplainedCases();
  });
  after(() => cases[Symbol.asyncDispose]());

  for (const noms of ["A1001AA", "A1002AA"]) {
    it(`reports the history of ${noms} to someone who does not know the code`, async () => {
      const { code, stdout, stderr } = await cases.tell(noms);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      const golden = new URL(`${noms}.txt`, import.meta.url);
      assert.equal(settleText(stdout), await readFile(golden, "utf8"));
    });
  }

  it("reports the same as the API where JSON is wanted, but for the moment", async () => {
    for (const noms of ["a1001aa", "A1002AA", "X100005", "X100007"]) {
      const { stdout } = await cases.tell(noms, "--json");
      const { status, body } = await cases.ask(noms);
      assert.equal(status, 200);
      assert.deepEqual(settleNow(stdout), settleNow(JSON.stringify(body)));
    }
  });

  it("goes on where a page ended", async () => {
    const { stdout } = await cases.tell("A1001AA", "--size", "2");
    const [, place = ""] = /add --before (\S+)\n$/.exec(stdout) ?? [];
    const further = await cases.tell("A1001AA", "--before", place);
    assert.match(further.stdout, /PomAllocated/);
    assert.doesNotMatch(further.stdout, /add --before/);
  });

  it("answers for numbers that Delius has no undeleted case for", async () => {
    const { code, stdout } = await cases.tell("Z9999ZZ");
    assert.equal(code, 0);
    assert.match(stdout, /^NOMS number Z9999ZZ, at .*\nDelius has no case with this number\. /);
    assert.match(stdout, /^ {2}Handover dates: waits for a prison identifier since /m);
    assert.match(stdout, /^ {2}Handover dates: it had to wait \(PersonNotFound\)$/m);
  });

  it("names as the reason what is true of a deleted case too", async () => {
    const { code, stdout } = await cases.tell("A1012AA");
    assert.equal(code, 0);
    assert.match(stdout, /Delius has no undeleted case with this NOMS number yet\./);
  });

  it("says so when there is no such case and no message named it", async () => {
    const { code, stdout, stderr } = await cases.tell("x999999");
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 1, stdout: "", stderr: "Person with crn of X999999 not found\n" },
    );
  });

  for (const [words, fault] of [
    [[], /^Name one case/],
    [["nobody"], /^Name one case/],
    [["A1001AA", "A1002AA"], /^Name one case/],
    [["A1001AA", "--size", "0"], /^--size must be a whole number from 1 to 200, and not "0"\./],
    [["A1001AA", "--before", "yesterday"], /^--before must be .*, and not "yesterday"\./],
    [["A1001AA", "--size", "many"], /^--size must be a whole number from 1 to 200, and not "many"\./],
    [["A1001AA", "--dance"], /^Unknown option --dance\./],
    [["A1001AA", "--csv"], /^--csv is an option of reconcile, not of explain\./],
  ] as const) {
    it(`explains itself when it is asked for ${words.join(" ") || "no case"}`, async () => {
      const { code, stdout, stderr } = await cases.tell(...words);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
      assert.match(stderr, fault);
      assert.match(stderr, /Usage: npm run explain/);
    });
  }
});
