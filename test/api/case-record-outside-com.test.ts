import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { startApi, type TestApi } from "../support/test-api.ts";

const recordSchema = z.looseObject({ crn: z.string(), manager: z.looseObject({}).optional() });
const batchSchema = z.looseObject({ records: z.array(recordSchema) });

describe("the manager of a case record, where Delius holds less than usual of the COM", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi({
      prepare: async (database) => {
        await database.query("update staff set officer_code = null where officer_code = 'N03C001'");
        // Somebody of another organisation.
        await database.query(
          "update offender_manager set team_id = null, allocation_staff_id = null where offender_id = 2",
        );
      },
    });
  });
  after(() => api[Symbol.asyncDispose]());

  /** The manager by the case's own address and by the batch's. */
  const readManagers = async (crn: string) => {
    const one = await api.get(`/case-records/${crn}`);
    const many = await api.post("/case-records/batch", { identifiers: [crn] });
    assert.deepEqual([one.status, many.status], [200, 200]);
    return [recordSchema.parse(one.body), ...batchSchema.parse(many.body).records].map(({ manager }) => manager);
  };

  it("leaves out only the code of an officer without one", async () => {
    const manager = {
      team: {
        code: "N03CMT",
        description: "Leeds Community Team",
        localDeliveryUnit: { code: "N03LDU1", description: "Leeds North" },
      },
      name: { forename: "Dana", surname: "Okafor" },
      email: "dana.okafor@example.com",
    };
    assert.deepEqual(await readManagers("X100001"), [manager, manager]);
  });

  it("is left out where an outside employee manages the case, who has neither team nor staff row", async () => {
    assert.deepEqual(await readManagers("X100002"), [undefined, undefined]);
  });
});
