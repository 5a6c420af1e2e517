import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startApi, type TestApi } from "../support/test-api.ts";
import { createCaseRows, type GivenManager } from "../support/case-rows.ts";

const managerSchema = z.object({ manager: z.record(z.string(), z.unknown()).optional() });

const team = {
  code: "N03CMT",
  description: "Leeds Community Team",
  localDeliveryUnit: { code: "N03LDU1", description: "Leeds North" },
};
const dana = { team, code: "N03C001", name: { forename: "Dana", surname: "Okafor" }, email: "dana.okafor@example.com" };
const priya = { team, code: "N02C001", name: { forename: "Priya", surname: "Raman" } };

interface Row {
  readonly managers: readonly GivenManager[];
  readonly expected: object | undefined;
}

const table: Readonly<Record<string, Row>> = {
  "is the active COM": { managers: [{ officer: "N03C001" }], expected: dana },
  "is absent without a COM": { managers: [], expected: undefined },
  "is not a COM who is no longer active": {
    managers: [{ officer: "N03C001", isInactive: true }],
    expected: undefined,
  },
  "is not a COM who is deleted": { managers: [{ officer: "N03C001", isDeleted: true }], expected: undefined },
  "is the one who is left where a later COM is inactive or deleted": {
    managers: [
      { officer: "N03C001" },
      { officer: "N02C001", isInactive: true },
      { officer: "N07C001", isDeleted: true },
    ],
    expected: dana,
  },
  "is the latest of several active COMs": {
    managers: [{ officer: "N07C001" }, { officer: "N03C001" }, { officer: "N02C001" }],
    expected: priya,
  },
  "is only a team while the officer is unallocated": {
    managers: [{ officer: "N03ALLU" }],
    expected: { team },
  },
  "is only a team while the officer is unallocated, though they have a user with an address": {
    managers: [{ officer: "N03CU" }],
    expected: { team },
  },
  "has the district of any team": {
    managers: [{ officer: "N02C001", team: "N03POM" }],
    expected: { ...priya, team: { ...team, code: "N03POM", description: "Leeds Prison Offender Managers" } },
  },
  "has a code without the blanks that Delius fills it up with": {
    managers: [{ officer: "Test" }],
    expected: { team, code: "Test", name: { forename: "Test", surname: "Test" } },
  },
  "has a team code without the blanks that Delius fills it up with": {
    managers: [{ officer: "N02C001", team: "N03" }],
    expected: { ...priya, team: { ...team, code: "N03", description: "A short code" } },
  },
  "has all forenames in one, and the second by itself": {
    managers: [{ officer: "N03T002" }],
    expected: { team, code: "N03T002", name: { forename: "Ana Luz", middleName: "Luz", surname: "O'Neill-Šimić" } },
  },
  "has no second forename where Delius holds blanks": {
    managers: [{ officer: "N03T003" }],
    expected: { team, code: "N03T003", name: { forename: "Ana", surname: "Blank" } },
  },
  "has the address of the first of several users": {
    managers: [{ officer: "N03T004" }],
    expected: {
      team,
      code: "N03T004",
      name: { forename: "Sam", surname: "Invented" },
      email: "first.user@example.com",
    },
  },
  "has the address of the first user whose time is not over": {
    managers: [{ officer: "N03T006" }],
    expected: {
      team,
      code: "N03T006",
      name: { forename: "Sam", surname: "Invented" },
      email: "second.user@example.com",
    },
  },
  "has the address of a user whose time ends later": {
    managers: [{ officer: "N03T007" }],
    expected: {
      team,
      code: "N03T007",
      name: { forename: "Sam", surname: "Invented" },
      email: "first.user@example.com",
    },
  },
  "has no address where the time of every user is over": {
    managers: [{ officer: "N03T008" }],
    expected: { team, code: "N03T008", name: { forename: "Sam", surname: "Invented" } },
  },
  "has no address where the user has none in the directory": {
    managers: [{ officer: "N07C001" }],
    expected: { team, code: "N07C001", name: { forename: "Mikael", surname: "Dubois" } },
  },
  "has no address where the directory has no such user": {
    managers: [{ officer: "N03T005" }],
    expected: { team, code: "N03T005", name: { forename: "Sam", surname: "Invented" } },
  },
  "has no address without a user": { managers: [{ officer: "N02C001" }], expected: priya },
};

const officers = [
  { code: "N03CU", users: ["UnallocatedUser"] },
  { code: "N03T002", forename: "Ana", forename2: "Luz", surname: "O'Neill-Šimić" },
  { code: "N03T003", forename: "Ana", forename2: "  ", surname: "Blank" },
  { code: "N03T004", users: ["FirstUser", "SecondUser"] },
  { code: "N03T005", users: ["NoSuchEntry"] },
  { code: "N03T006", endingUsers: { FirstUser: "2024-03-31" }, users: ["SecondUser"] },
  { code: "N03T007", endingUsers: { FirstUser: "2099-03-31" }, users: ["SecondUser"] },
  { code: "N03T008", endingUsers: { FirstUser: "2024-03-31", SecondUser: "2025-03-31" } },
];

const users = [
  { name: "DanaOkafor", surname: "Okafor", mail: "dana.okafor@example.com" },
  { name: "MikaelDubois", surname: "Dubois" },
  { name: "UnallocatedUser", surname: "Staff", mail: "unallocated@example.com" },
  { name: "FirstUser", surname: "Invented", mail: "first.user@example.com" },
  { name: "SecondUser", surname: "Invented", mail: "second.user@example.com" },
];

const rows = Object.entries(table).map(([name, row], index) => ({
  name,
  crn: `M${String(index).padStart(6, "0")}`,
  ...row,
}));

describe("the manager of a case record", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      users,
      prepare: async (database) => {
        await database.query(
          "insert into team (team_id, code, description, district_id, probation_area_id) values (9001, 'N03', 'A short code', 1, 1)",
        );
        const given = await createCaseRows(database);
        await given.addOfficers(officers);
        await given.addCases(rows);
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const { name, crn, expected } of rows) {
    it(name, async () => {
      const { status, body } = await api.get(`/case-records/${crn}`);
      assert.equal(status, 200);
      assert.deepEqual(managerSchema.parse(body).manager, expected);
    });
  }
});
